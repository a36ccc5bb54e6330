import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundledAdapters } from '../../src/adapters.ts';
import { readKeptNotification } from '../../src/trials/kept-notification.ts';
import { sampledConnection } from '../../src/trials/sampled-connection.ts';
import { trialContext } from '../../src/trials/trial-context.ts';
import { tryNotification } from '../../src/trials/try-notification.ts';
import { describeReading } from '../../src/cli/describe-reading.ts';
import { AnyObject, jsonOf } from '../support/json.ts';
import { startTestHost, tenantDocument, type TestHost } from '../support/test-host.ts';

const secret = 'callback-secret-of-the-tests';
const body =
  '{"kind":"calls","events":[{"to":"41999998888","call":"c-1","agent":"1001","nome":"Ana"},{"to":"41999997777","agent":"1001"}]}';
const sign = (text: string, key = secret) => createHmac('sha256', key).update(text).digest('hex');

const answeredCall = {
  signature: { given: '{{ header.x-sig }}', expected: '{{ text | hmac: variables.secret }}' },
  when: 'body.kind == "calls"',
  rows: 'body.events',
  fields: { number: '{{ row.to }}', callId: '{{ row.call }}', extension: '{{ row.agent }}' },
  answer: { json: { taken: true } },
};
const settings = { variables: { secret: '${secret:callback}' }, answeredCall };
const limits = { requestsPerSecond: 100, concurrency: 32, timeout: 15 };
const adapters = new Map(bundledAdapters.map((adapter) => [adapter.id, adapter]));

/** @param known the secrets that are known here, by name */
function read(request: string, known: Record<string, string> = {}, of: object = settings) {
  const document = { adapter: 'generic-http', settings: of, limits };
  const connection = sampledConnection('dialer', document, adapters, (name) => known[name]);
  if (!connection) throw new Error('the connection of the test cannot be made');
  const base = trialContext({ id: '1042', timeZone: 'America/Sao_Paulo' }, 'dialer');
  return tryNotification(connection, base, readKeptNotification(request));
}

const withSignature = (signature: string) =>
  `POST / HTTP/1.1\r\nX-Sig: ${signature}\r\n\r\n${body}`;
const signatureIn = ({ steps }: Awaited<ReturnType<typeof read>>) =>
  steps.find((step) => step.kind === 'signature');
const events = [{ number: '*****8888', callId: 'c-1', extension: '1001' }];

describe('the reading of a notification', () => {
  it('says that the signature was not checked if the secret is not known, and reads the rest', async () => {
    const tried = await read(body);
    expect(signatureIn(tried)).toMatchObject({
      state: 'unchecked',
      reason: 'secret callback is not known here',
    });
    expect(tried.error).toBeUndefined();
    expect(tried.result).toEqual({
      events,
      unreadable: [{ position: 2, reason: 'callId: is missing' }],
    });
    expect(tried.answer).toEqual({ status: 200, body: '{"taken":true}' });
  });

  it('checks the signature if the secret is known', async () => {
    const tried = await read(withSignature(sign(body)), { callback: secret });
    expect(signatureIn(tried)).toMatchObject({ state: 'right' });
    expect(tried).toMatchObject({ result: { events }, answer: { status: 200 } });
    expect(tried.error).toBeUndefined();
  });

  it('shows what would be read after a wrong signature and the refusal of the host, but no answer that the secret signs', async () => {
    const signing = {
      ...settings,
      answeredCall: { ...answeredCall, answer: { text: '{{ text | hmac: variables.secret }}' } },
    };
    const tried = await read(withSignature(sign(body, 'guess')), { callback: secret }, signing);
    expect(signatureIn(tried)).toMatchObject({ state: 'refused' });
    expect(tried).toMatchObject({ error: { code: 'auth_failed' }, result: { events } });
    expect(tried.answer).toEqual({ status: 403 });
    const described = describeReading(tried);
    expect(described).toContain('answeredCall.signature: checked, and wrong; what follows is read');
    expect(described).toContain(
      '\nfailure: auth_failed: The notification has a wrong signature.\n',
    );
    expect(described).toContain('\nread all the same: {"events":[');
    expect(described).toMatch(/its sender would hear 403, in the host's own words$/);
    expect(JSON.stringify(tried) + described).not.toContain(sign(body));
  });

  it('shows neither secrets nor people, even if the request carries the secret itself', async () => {
    const word = 'w0rd-9d8e7f';
    const byWord = {
      ...settings,
      answeredCall: {
        ...answeredCall,
        signature: { given: '{{ query.key2 }}', expected: '{{ variables.secret }}' },
      },
    };
    const request = `POST /callbacks/1042/dialer?key2=${word}&token=t0ken HTTP/1.1\n\n${body}`;
    for (const known of [{}, { callback: word }, { callback: 'another' }]) {
      const tried = await read(request, known, byWord);
      const shown = JSON.stringify(tried) + describeReading(tried);
      expect(shown).not.toMatch(/w0rd|t0ken|99999[78]|Ana/);
    }
  });

  it('says what cannot be read, and what the sender would get as an answer', async () => {
    const nothing = await read('{"kind":"calls","events":[{"to":"x"}]}');
    expect(nothing.error).toMatchObject({ code: 'invalid_input' });
    expect(nothing.answer).toEqual({ status: 400 });
    expect(nothing.steps.at(-1)).toMatchObject({ kind: 'row', state: 'unreadable' });
    expect(describeReading(await read('<html>'))).toContain('is neither JSON nor a form');
    const leftOut = await read('{"kind":"test"}');
    expect(leftOut.steps.at(-1)).toMatchObject({ place: 'answeredCall.when', value: 'false' });
    expect(leftOut).toMatchObject({ result: { events: [] }, answer: { status: 200 } });
  });

  it('uses the parameters of the manual if the document names no fields', async () => {
    const tried = await read(
      'GET /callbacks/1042/dialer?pid=7001&num=41999998888&cid=d-1&ramal=1001',
      {},
      { answeredCall: {} },
    );
    expect(tried.result).toEqual({ events: [{ contactId: '7001', ...events[0], callId: 'd-1' }] });
    expect(describeReading(tried)).toMatch(/would hear 200, in the host's own words$/);
  });
});

describe('a kept notification', () => {
  it('is a body alone or a whole request, whose body ends at its Content-Length', () => {
    expect(readKeptNotification('{"a":1}\n')).toEqual({
      method: 'POST',
      url: '',
      headers: {},
      body: '{"a":1}\n',
    });
    const head = 'PUT /x?y=1 HTTP/1.1\r\nX-A: b:c\r\n';
    expect(readKeptNotification(`${head}\r\na\r\n\r\nb\n`)).toEqual({
      method: 'PUT',
      url: '/x?y=1',
      headers: { 'x-a': 'b:c' },
      body: 'a\r\n\r\nb\n',
    });
    expect(readKeptNotification(`${head}Content-Length: 3\r\n\r\nã1\n`).body).toBe('ã1');
    expect(readKeptNotification(`${head}Content-Length: 4\r\n\r\nã1\n`).body).toBe('ã1\n');
    expect(readKeptNotification('GET /x?y=1')).toMatchObject({
      method: 'GET',
      url: '/x?y=1',
      body: '',
    });
    expect(readKeptNotification('POST /x\n\na=1')).toMatchObject({
      url: '/x',
      headers: {},
      body: 'a=1',
    });
    expect(() => readKeptNotification('HEAD /x HTTP/1.1\n\n')).toThrow(
      'the method HEAD; it must be GET, POST',
    );
  });
});

describe('the API for reading a notification', () => {
  let host: TestHost;
  beforeAll(async () => {
    const { connections } = tenantDocument('https://pbx.example');
    host = await startTestHost({
      secrets: { callback: secret },
      document: {
        connections: { dialer: { ...connections.dialer, settings } },
        features: { answeredCall: 'dialer' },
      },
    });
  });
  afterAll(() => host.stop());

  const ask = (notification: object) =>
    host.tenant('/connections/dialer/reply', { json: { feature: 'answeredCall', notification } });

  it('uses the secrets of the stored company, and neither passes an event on nor counts it', async () => {
    const headers = { 'X-Sig': sign(body) };
    const right = await jsonOf(await ask({ headers, body }), AnyObject);
    expect(right).toMatchObject({
      ok: true,
      requests: [],
      result: { events },
      answer: { status: 200 },
    });
    const wrong = await ask({ headers: { 'X-Sig': 'guess' }, body });
    expect(wrong.status).toBe(200);
    expect(await jsonOf(wrong, AnyObject)).toMatchObject({
      ok: false,
      result: { events },
      error: { code: 'auth_failed' },
      answer: { status: 403 },
    });
    expect(await (await host.ask('/metrics')).text()).not.toMatch(
      /telephony_events_received_total\{/,
    );
    expect(host.logged.join('')).not.toContain('an event was refused');
    // The callback address itself still refuses the unsigned notification.
    const real = await fetch(`${host.url}/callbacks/1042/dialer`, { method: 'POST', body });
    expect(real.status).toBe(403);
  });

  it.each([
    [{ feature: 'answeredCall', replies: [{ body }] }, 'notification'],
    [{ feature: 'answeredCall', notification: { headers: { 'a b': 'c' } } }, 'notification'],
    [{ feature: 'answeredCall', notification: { url: 'http://' } }, 'notification'],
    [{ feature: 'click2call', notification: {} }, 'replies'],
    [{ feature: 'dance', replies: [{}] }, 'feature'],
  ])('refuses %j', async (json, place) => {
    const answer = await host.tenant('/connections/dialer/reply', { json });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain(`"path":"${place}`);
  });
});
