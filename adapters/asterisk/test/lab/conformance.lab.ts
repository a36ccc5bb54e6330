// The whole conformance suite against a real Asterisk. What a sound server never does (hang, send pages) is done by a wire in front of it; all else is its own.
import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { conformanceTests, type ConformanceVendor } from '@finaz-telephony/testing/conformance';
import { startLoopbackServer, type Fault } from '@finaz-telephony/testing';
import asterisk from '../../src/index.ts';
import {
  connect,
  hangUp,
  labUrl,
  settingsFor,
  settingsWithWrongPassword,
} from './real-asterisk.ts';

const pages: Partial<Record<Fault['kind'], string>> = {
  html: '<!doctype html><title>Manutenção</title>',
  brokenJson: '{"id":"c2c-',
  deepJson: '['.repeat(100_000) + ']'.repeat(100_000),
};

/** Asks for a call, a transfer or a change; all others only look. */
const isCallRequest = ({ method, url }: IncomingMessage) =>
  method === 'POST' && url?.startsWith('/ari/channels') === true;

let recorded: Promise<string> | undefined;
/** A call that really was made and recorded. */
async function recordCall(): Promise<string> {
  await connect('1001', '41999998888', 'conformance-1');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await hangUp('1001');
  return 'conformance-1';
}

async function startVendor(): Promise<ConformanceVendor> {
  await hangUp('1001');
  recorded ??= recordCall();
  const existing = await recorded;
  let fault: Fault | undefined;
  let requests = 0;
  let callRequests = 0;
  // What the suite asks for without waiting is there before the next request passes.
  let ready: Promise<void> = Promise.resolve();

  function pass(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const passed = request(
      new URL(incoming.url ?? '/', labUrl),
      { method: incoming.method ?? 'GET', headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  }

  const wire = await startLoopbackServer((incoming, outgoing) => {
    requests += 1;
    if (isCallRequest(incoming)) callRequests += 1;
    void ready.then(() => {
      if (fault?.kind === 'hang' && isCallRequest(incoming)) return;
      const page = fault && pages[fault.kind];
      if (page === undefined) pass(incoming, outgoing);
      else outgoing.writeHead(200, { 'content-type': 'text/html' }).end(page);
    });
  });
  return {
    url: wire.url,
    requestCount: () => requests,
    callRequestCount: () => callRequests,
    misbehave: (next) => {
      fault = next;
    },
    refuseCalls() {
      ready = connect('1001', '41999998888', 'conformance-2');
      return { words: 'in use' };
    },
    recordings: () => ({ existing, missing: 'conformance-none' }),
    connectCall() {
      ready = connect('1001', '41999998888', 'conformance-3');
    },
    close: wire.close,
  };
}

conformanceTests({
  definition: asterisk,
  startVendor,
  settings: settingsFor,
  settingsWithWrongCredentials: settingsWithWrongPassword,
});
