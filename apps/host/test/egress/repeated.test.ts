// No request that has left is sent again, although the HTTP client library would repeat some by itself.
import { createSecureServer } from 'node:http2';
import { createServer, type Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { failureOf, startEgress } from './egress-under-test.ts';
import { listeningPort } from '../support/listening-port.ts';
import { localhostCertificate } from '../support/localhost-certificate.ts';

/** Speaks whichever version of HTTP the client wants. By HTTP/2, it reads the first request and then refuses it. */
async function refusingVendor(arrived: string[]): Promise<string> {
  const server = createSecureServer(
    { ...localhostCertificate, allowHTTP1: true },
    async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      arrived.push(body);
      const isRefused = request.httpVersion === '2.0' && arrived.length === 1;
      if (isRefused) request.stream.close(refusedStream);
      else response.end('{"ok":true}');
    },
  );
  const port = await listeningPort(server);
  onTestFinished(() => void server.close());
  return `https://localhost:${port}`;
}

/** REFUSED_STREAM: by the standard, the server has not processed the request. */
const refusedStream = 7;

/** Answers the first request on each connection, and drops the connection as soon as a second one has come in whole. */
async function droppingVendor(arrived: string[]): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    let requests = 0;
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
      const body = /\r\n\r\n(.+)$/s.exec(text)?.[1];
      if (body === undefined) return;
      text = '';
      arrived.push(body);
      requests += 1;
      if (requests === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      else socket.end();
    });
  });
  const port = await listeningPort(server);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${port}`;
}

const oneAtOnce = { requestsPerSecond: 1000, concurrency: 1, timeoutMs: 5000 };
const post = (body: string) => ({ method: 'POST', body });

describe('a vendor that closes connections it promised to keep open', () => {
  it('puts one request in doubt every five minutes, not every second request', async () => {
    const arrived: string[] = [];
    const url = await droppingVendor(arrived);
    let now = 0;
    const egress = startEgress({ limits: oneAtOnce }, { now: () => now });
    const states: string[] = [];
    const send = async () => {
      now += 1000;
      const sent = egress.fetch(url, post('x')).then((response) => response.text());
      states.push(
        await sent.then(
          () => 'sent',
          () => 'in doubt',
        ),
      );
    };
    for (let call = 0; call < 6; call += 1) await send();
    expect(states).toEqual(['sent', 'in doubt', 'sent', 'sent', 'sent', 'sent']);
    now += 5 * 60_000;
    await send();
    await send();
    expect(states.slice(6)).toEqual(['sent', 'in doubt']);
  });
});

describe('a request that has left', () => {
  it('arrives once at a vendor that offers HTTP/2, by which it would refuse the first request after reading it', async () => {
    const authorities = getCACertificates('default');
    setDefaultCACertificates([...authorities, localhostCertificate.cert]);
    onTestFinished(() => setDefaultCACertificates(authorities));
    const arrived: string[] = [];
    const url = await refusingVendor(arrived);
    const response = await startEgress().fetch(`${url}/dial`, post('one'));
    expect(response.status).toBe(200);
    expect(arrived).toEqual(['one']);
  });

  it('is in doubt and not repeated if a kept-open connection breaks under it', async () => {
    const arrived: string[] = [];
    const url = await droppingVendor(arrived);
    const egress = startEgress({ limits: oneAtOnce });
    await (await egress.fetch(url, post('one'))).text();
    expect(await failureOf(egress.fetch(url, post('two')))).toMatchObject({ delivery: 'unknown' });
    await (await egress.fetch(url, post('three'))).text();
    expect(arrived).toEqual(['one', 'two', 'three']);
  });
});
