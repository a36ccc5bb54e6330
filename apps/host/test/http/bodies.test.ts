import { once } from 'node:events';
import { Agent, IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { jsonOf, ProblemShape } from '../support/json.ts';
import { adminKey, startTestHost, type TestHost } from '../support/test-host.ts';

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost({ vendor: { operators: ['1001', '1002', '1003', '1004'] } });
});
afterAll(() => host.stop());

const json = { 'Content-Type': 'application/json' };
const authorized = { Authorization: `Bearer ${adminKey}` };
const places = [
  ['a call', 'POST', '/v1/tenants/1042/calls', { ...json, ...authorized }],
  [
    'a call with a key',
    'POST',
    '/v1/tenants/1042/calls',
    { ...json, ...authorized, 'Idempotency-Key': 'body' },
  ],
  ['a document', 'PUT', '/v1/tenants/1042', { 'Content-Type': 'text/yaml', ...authorized }],
  ['a callback', 'POST', '/callbacks/1042/dialer', json],
] as const;

/** Sends blanks for as long as they are taken. */
async function answerToEndlessBody(method: string, path: string, headers: Record<string, string>) {
  const sending = request(`${host.url}${path}`, { method, headers });
  const blanks = Buffer.alloc(65_536, ' ');
  const send = () => {
    while (!sending.destroyed && sending.write(blanks));
  };
  sending.on('drain', send);
  sending.on('error', () => undefined);
  send();
  const [response] = await once(sending, 'response');
  sending.destroy();
  return response.statusCode;
}

it.each(places)(
  'a body without end is refused instead of being held in memory: %s',
  async (_name, method, path, headers) => {
    expect(await answerToEndlessBody(method, path, headers)).toBe(413);
  },
);

it.each([
  ['an address that is none', 'POST', '/v1/nothing', 404],
  ['no key', 'POST', '/v1/tenants/1042/calls', 401],
] as const)(
  'a body without end is not read if the request is refused anyway: %s',
  async (_name, method, path, status) => {
    const headers = { ...json, 'Idempotency-Key': 'stranger' };
    expect(await answerToEndlessBody(method, path, headers)).toBe(status);
  },
);

it.each(places)(
  'a sender who leaves in the middle of a body is logged with status 400, not as a failure of the store: %s',
  async (_name, method, path, headers) => {
    const before = host.logged.length;
    const socket = connect(Number(new URL(host.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    const lines = Object.entries({ Host: 'host', ...headers, 'Content-Length': '500' });
    const head = lines.map(([name, value]) => `${name}: ${value}`).join('\r\n');
    await new Promise<void>((resolve) => {
      socket.write(`${method} ${path} HTTP/1.1\r\n${head}\r\n\r\n{"queue"`, () => resolve());
    });
    socket.end();
    const own = () => host.logged.slice(before).join('\n');
    await expect.poll(own).toContain('"status":400');
    expect(own()).not.toContain('store');
  },
);

it('a compressed body is refused with a hint to send it without Content-Encoding', async () => {
  const response = await fetch(`${host.url}/v1/tenants/1042/calls`, {
    method: 'POST',
    headers: { ...json, ...authorized, 'Content-Encoding': 'gzip' },
    body: gzipSync('{}'),
  });
  expect(response.status).toBe(415);
  expect((await jsonOf(response, ProblemShape)).hint).toContain('without Content-Encoding');
});

it.each([
  ['POST', '/connections/dialer/preview', 'Application/JSON;charset="UTF-8"'],
  ['POST', '/connections/dialer/preview', 'application/json ; charset=utf-8'],
  ['PUT', '/do-not-call', 'application/json ; charset=utf-8'],
  ['PUT', '/do-not-call', 'text/csv ; header=present'],
  ['POST', '/mailings?queue=7', 'text/csv ; header=present'],
])(
  'a media type is accepted in every spelling that HTTP allows: %s %s, %s',
  async (method, path, type) => {
    const headers = { 'Content-Type': type };
    const answer = await host.tenant(path, { method, headers, body: 'neither' });
    expect(answer.status).not.toBe(415);
  },
);

it.each([
  ['/calls', 'POST', ['application/json']],
  ['/do-not-call', 'PUT', ['application/json', 'text/csv', 'text/plain']],
  ['/mailings?queue=7', 'POST', ['application/json', 'application/x-ndjson', 'text/csv']],
  ['', 'PUT', ['application/yaml', 'application/json']],
])(
  'a body of another media type is refused with those that the address accepts: %s',
  async (path, method, types) => {
    // The type that curl gives to any file.
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
    const answer = await host.tenant(path, { method, headers, body: '41 91111-0001' });
    expect(answer.status).toBe(415);
    const { hint } = await jsonOf(answer, ProblemShape);
    expect(types.filter((type) => hint?.includes(`${type}"`) !== true)).toEqual([]);
  },
);

it.each([
  ['Latin-1', (text: string) => Buffer.from(text, 'latin1'), '1001'],
  [
    'UTF-16, as a Windows shell writes files',
    (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le'),
    '1002',
  ],
  ['UTF-8 with its mark', (text: string) => Buffer.from(`\ufeff${text}`), '1003'],
])('a document and a call in %s are decoded', async (_name, encoded, extension) => {
  const saved = await host.ask('/v1/tenants/accents', {
    method: 'PUT',
    headers: { 'Content-Type': 'application/yaml' },
    body: encoded('id: accents\nname: Cobrança São João\nconnections: {}\n'),
  });
  expect(saved.ok).toBe(true);
  const document = await host.ask('/v1/tenants/accents');
  expect(await jsonOf(document, v.looseObject({}))).toMatchObject({ name: 'Cobrança São João' });
  const call = { queue: 'São João', extension, areaCode: '41', number: '999998888' };
  const placed = await host.tenant('/calls', {
    method: 'POST',
    headers: json,
    body: encoded(JSON.stringify(call)),
  });
  expect(placed.status).toBe(201);
  const calls = await host.tenant(`/calls?extension=${extension}`);
  expect(await jsonOf(calls, v.looseObject({}))).toMatchObject({ calls: [{ queue: 'São João' }] });
});

it('a connection answers the next request after a mailing was refused in the middle of its body', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const sockets = new Set<unknown>();
  async function status(method: string, path: string, body?: Buffer): Promise<number | undefined> {
    const headers = { ...authorized, ...(body && { 'Content-Type': 'text/csv' }) };
    const sending = request(`${host.url}/v1/tenants${path}`, { agent, method, headers });
    sending.on('socket', (socket) => sockets.add(socket));
    sending.end(body);
    const [response]: IncomingMessage[] = await once(sending, 'response');
    response?.resume();
    return response?.statusCode;
  }
  const rows = `1;${'x'.repeat(1_000_000)}\n`;
  for (const body of [Buffer.from(`ID;Nome\n${rows}`), Buffer.from(`ID;ID\n${rows}`)]) {
    expect(await status('POST', '/1042/mailings?queue=7', body)).toBe(400);
    expect(await status('GET', '')).toBe(200);
  }
  expect(sockets.size).toBe(1);
  agent.destroy();
});

const beforeItsEnd = [
  ['a call that is too large', '/v1/tenants/1042/calls', json, 413],
  [
    'a file of a wrong type',
    '/v1/tenants/1042/mailings?queue=7',
    { 'Content-Type': 'image/png' },
    415,
  ],
  [
    'a file without names',
    '/v1/tenants/1042/mailings?queue=7',
    { 'Content-Type': 'text/csv' },
    400,
  ],
] as const;

it.each(beforeItsEnd)(
  'a connection that carried a body which was refused before its end serves the next request: %s',
  async (_name, path, headers, status) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const send = async (to: string, more: Record<string, string>, body: string) => {
      const sending = request(`${host.url}${to}`, {
        method: 'POST',
        agent,
        headers: { ...authorized, ...more, 'Transfer-Encoding': 'chunked' },
      });
      sending.end(body);
      const [response] = v.parse(
        v.tuple([v.instance(IncomingMessage)]),
        await once(sending, 'response'),
      );
      response.resume();
      await once(response, 'end');
      return { status: response.statusCode, isReused: sending.reusedSocket };
    };
    expect((await send(path, headers, ' '.repeat(2_000_000))).status).toBe(status);
    host.vendor.faults.next('click2call', { kind: 'slow', ms: 1500 }, 1);
    const call = { queue: '7', extension: '1004', areaCode: '41', number: '999998810' };
    expect(await send('/v1/tenants/1042/calls', json, JSON.stringify(call))).toEqual({
      status: 201,
      isReused: true,
    });
  },
);

/** What the sender of a call is told that is not valid JSON. */
async function refusalOf(body: string): Promise<string> {
  const response = await fetch(`${host.url}/v1/tenants/1042/calls`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${adminKey}`, 'Content-Type': 'application/json' },
    body,
  });
  expect(response.status).toBe(400);
  return response.text();
}

it.each([
  ['an unquoted text', '{"name": Maria Souza}', 9],
  ['single quotes', "{'name': 'Maria Souza'}", 1],
  ['a form', 'name=Maria+Souza', 1],
  ['a missing comma', '{"name": "Maria Souza" "queue": "7"}', 23],
  ['a comma too much', '{"name": "Maria Souza",\n "queue": "7",}', 38],
  ['a comma too much in a long list', `[${'{"name": "Maria Souza"},'.repeat(1000)}]`, 24_001],
  ['an end that comes too early', '{"name": "Maria Souza"', 22],
])(
  'a body that is not valid JSON is refused with the place of the mistake, but without quoting its content: %s',
  async (_, body, place) => {
    const said = await refusalOf(body);
    expect(said).toContain(`"the body is not valid JSON, at character ${place}"`);
    expect(said).not.toMatch(/Maria|Souza/);
  },
);

it.each([
  ['it only lacks its end', '{"name": "Maria Souza", "queue":'],
  ['it is too long to look for the place while operators wait', `["${'x'.repeat(65_536)}", Maria]`],
])('a body that is not valid JSON is refused without a place if %s', async (_, body) => {
  const said = await refusalOf(body);
  expect(said).toContain('"the body is not valid JSON"');
  expect(said).not.toMatch(/Maria|Souza/);
});
