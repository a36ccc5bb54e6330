// The first packet of a connection may be lost, and is sent again after a second. A second address that leads nowhere must not end the attempt before.
import { once } from 'node:events';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished } from 'vitest';
import { startEgress } from './egress-under-test.ts';

/** Takes no connection until the gate is opened: two wait for it, and the packets of any other are dropped. */
const vendor = `
const { createServer } = require('node:net');
const { parentPort, workerData } = require('node:worker_threads');
const answer = 'HTTP/1.1 200 OK\\r\\nConnection: close\\r\\nContent-Length: 2\\r\\n\\r\\nok';
const server = createServer((socket) => {
  socket.on('error', () => undefined);
  socket.once('data', () => socket.end(answer));
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  parentPort.postMessage(server.address().port);
  Atomics.wait(new Int32Array(workerData), 0, 0);
});`;

/** Longer than Node would wait by itself before it tries the second address. */
const busyMs = 400;

it('a vendor that is slow to accept a connection is reached although its second address leads nowhere', async () => {
  const gate = new SharedArrayBuffer(4);
  const worker = new Worker(vendor, { eval: true, workerData: gate });
  onTestFinished(async () => {
    await worker.terminate();
  });
  const [port]: unknown[] = await once(worker, 'message');
  for (let waiting = 0; waiting < 2; waiting += 1) {
    const socket = connect(Number(port), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
  }
  const addresses = ['127.0.0.1', '127.0.0.9'].map((address) => ({ address, family: 4 }));
  const egress = startEgress({}, { resolve: () => Promise.resolve(addresses) });
  setTimeout(() => {
    const opened = new Int32Array(gate);
    Atomics.store(opened, 0, 1);
    Atomics.notify(opened, 0);
  }, busyMs);
  const response = await egress.fetch(`http://pbx.example:${Number(port)}/`);
  expect(await response.text()).toBe('ok');
});
