// The whole conformance suite against a real Asterisk. Only what a sound server never does (hang, send pages) comes from the wire, a server in front of it.
import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { DatabaseSync } from 'node:sqlite';
import { conformanceTests, type ConformanceVendor } from '@finaz-telephony/testing/conformance';
import { startLoopbackServer, type Fault } from '@finaz-telephony/testing';
import { durableAfterMs } from '../../src/ami.ts';
import { keyOf, resultsOf, underWay, waiting } from '../../src/families.ts';
import asterisk from '../../src/index.ts';
import {
  connect,
  databaseFile,
  hangUp,
  labUrl,
  pbxConsole,
  settingsFor,
  settingsWithWrongPassword,
} from './real-asterisk.ts';

const pages: Partial<Record<Fault['kind'], string>> = {
  html: '<!doctype html><title>Manutenção</title>',
  brokenJson: '{"id":"c2c-',
  deepJson: '['.repeat(100_000) + ']'.repeat(100_000),
};

/** Whether a request asks for a call. */
const isCallRequest = ({ method, url }: IncomingMessage) =>
  method === 'POST' && url?.startsWith('/ari/channels') === true;
const isTransferRequest = (body: Buffer) => body.includes('Action=BlindTransfer');
const isLoadRequest = (body: Buffer) => body.includes('Action=DBPut');

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

let recorded: Promise<string> | undefined;
/** Makes a real call and has it recorded. @returns its id */
async function recordCall(): Promise<string> {
  await connect('1001', '41999998888', 'conformance-1');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await hangUp('1001');
  return 'conformance-1';
}

/** Removes what the suite has left in its queue. */
async function emptyQueue(): Promise<void> {
  const families = [waiting('7'), underWay('7'), resultsOf('7')];
  const told = families.map((family) => pbxConsole(`database deltree ${family}`));
  if (told.some((text) => /entries removed/.test(text)))
    await new Promise((resolve) => setTimeout(resolve, durableAfterMs));
}

/** Who waits in the queue, in the order of arrival: AstDB itself lists them by their keys. */
function waitingContacts() {
  const file = new DatabaseSync(databaseFile, { readOnly: true });
  try {
    const rows = file
      .prepare('SELECT value FROM astdb WHERE key LIKE ? ORDER BY rowid')
      .all(`/${waiting('7')}/%`);
    return rows.map(({ value }) => {
      const [contactId = '', numbers = ''] = String(value).split('|');
      return { contactId, numbers: numbers.split('-') };
    });
  } finally {
    file.close();
  }
}

/** Writes results as the dialplan does when a call ends. @returns how many */
async function writeResults(): Promise<number> {
  const now = Math.floor(Date.now() / 1000);
  const attempts = waitingContacts().flatMap(({ contactId, numbers }) =>
    numbers.map((number) => ({ contactId, number })),
  );
  for (const [at, { contactId, number }] of attempts.entries())
    pbxConsole(
      `database put ${resultsOf('7')} ${keyOf(contactId)}.${at} ${contactId}|${number}|${now}||${now}|OCUPADO||17|`,
    );
  return attempts.length;
}

async function startVendor(): Promise<ConformanceVendor> {
  await hangUp('1001');
  await emptyQueue();
  recorded ??= recordCall();
  const existing = await recorded;
  let fault: Fault | undefined;
  let requests = 0;
  let callRequests = 0;
  let transferRequests = 0;
  let loadRequests = 0;
  // The suite does not wait for the call of `refuseCalls`, so the next request waits for it.
  let ready: Promise<void> = Promise.resolve();

  function pass(incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse): void {
    const passed = request(
      new URL(incoming.url ?? '/', labUrl),
      { method: incoming.method ?? 'GET', headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    passed.on('error', () => outgoing.destroy());
    passed.end(body);
  }

  const wire = await startLoopbackServer((incoming, outgoing) => {
    requests += 1;
    serve(incoming, outgoing).catch(() => outgoing.destroy());
  });

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming);
    const isCall = isCallRequest(incoming);
    const isTransfer = isTransferRequest(body);
    const isLoad = isLoadRequest(body);
    if (isCall) callRequests += 1;
    if (isTransfer) transferRequests += 1;
    if (isLoad) loadRequests += 1;
    await ready;
    if (fault?.kind === 'hang' && (isCall || isTransfer || isLoad)) return;
    const page = fault && pages[fault.kind];
    if (page === undefined) pass(incoming, body, outgoing);
    else outgoing.writeHead(200, { 'content-type': 'text/html' }).end(page);
  }

  return {
    url: wire.url,
    requestCount: () => requests,
    callRequestCount: () => callRequests,
    transferRequestCount: () => transferRequests,
    loadRequestCount: () => loadRequests,
    loadedContacts: waitingContacts,
    reportAttempts: writeResults,
    spoilAttempt: () => {
      pbxConsole(`database put ${resultsOf('7')} ${keyOf('conformance-1')}.0 spoilt`);
    },
    misbehave: (next) => {
      fault = next;
    },
    refuseCalls() {
      ready = connect('1001', '41999998888', 'conformance-2');
      return { words: 'in use' };
    },
    recordings: () => ({ existing, missing: 'conformance-none' }),
    connectCall: () => connect('1001', '41999998888', 'conformance-3'),
    async close() {
      // Otherwise the next vendor would hang up the call that refuseCalls is still connecting, and wait for it in vain.
      await ready.catch(() => undefined);
      await wire.close();
    },
  };
}

conformanceTests({
  definition: asterisk,
  startVendor,
  settings: settingsFor,
  settingsWithWrongCredentials: settingsWithWrongPassword,
});
