import { startLoopbackServer } from '@finaz-telephony/testing';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import * as v from 'valibot';
import { describedAnswers, type DescribedAnswers } from '../support/described-answers.ts';
import { AnyObject, CallsShape, jsonOf, PlacedShape } from '../support/json.ts';
import { TakenShape, until } from '../support/mailings.ts';
import { openSse } from '../support/sse.ts';
import { adminKey, startTestHost, type AskInit, type TestHost } from '../support/test-host.ts';
import { wholeBody } from '../support/whole-body.ts';

let host: TestHost;
let described: DescribedAnswers;
/** The bodies of the webhooks that the CRM's server received. */
const sent: string[] = [];
beforeAll(async () => {
  host = await startTestHost({
    secrets: { hook: 'a secret of the tests' },
    vendor: { ranges: true },
  });
  described = describedAnswers(await jsonOf(await host.ask('/openapi.json'), AnyObject));
});
afterAll(() => host.stop());

const typesOf = (bodies: readonly string[]) =>
  bodies.map((body) => v.parse(v.looseObject({ type: v.string() }), JSON.parse(body)).type);

async function startCrm(): Promise<{ readonly url: string; readonly secret: string }> {
  const crm = await startLoopbackServer(async (request, response) => {
    sent.push(String(await wholeBody(request)));
    response.end();
  });
  onTestFinished(() => crm.close());
  return { url: crm.url, secret: '${secret:hook}' };
}

/** Compares the first messages of a stream with what the OpenAPI document says of them. */
async function follow(operation: string, path: string, count: number) {
  const stream = await openSse(`${host.url}/v1/tenants/1042${path}`, adminKey, '0');
  for (let each = 0; each < count; each += 1) {
    const { data } = await stream.next();
    expect(described.messageComplaints(operation, data)).toEqual([]);
  }
  stream.close();
}

const asked = new Set<string>();
const values = new Map([
  ['tenant', '1042'],
  ['connection', 'dialer'],
  ['queue', '7'],
  ['name', 'further'],
  ['version', '1'],
]);

/** Calls an operation, and compares its answer with what the OpenAPI document says of it. */
async function ask(operation: string, status: number, init: AskInit & { query?: string } = {}) {
  const [method = '', template = ''] = operation.split(' ');
  const { query = '', ...rest } = init;
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => values.get(name) ?? '');
  const answer = await host.ask(`${path}${query}`, { ...rest, method });
  const isStream = answer.headers.get('Content-Type') === 'text/event-stream';
  const copy = isStream ? answer : answer.clone();
  const told = {
    operation,
    status: answer.status,
    complaints: await described.complaints(operation, answer),
    // No browser or proxy may keep data of debtors.
    isKept: mayBeKept(template, answer),
  };
  expect(told).toEqual({ operation, status, complaints: [], isKept: false });
  if (isStream) await answer.body?.cancel();
  asked.add(operation);
  return copy;
}

const mayBeKept = (path: string, { headers }: Response) =>
  path.startsWith('/v1/') && !/\bno-store\b/.test(headers.get('Cache-Control') ?? '');

const contact = (contactId: string) => ({
  contactId,
  name: 'Ana',
  phones: [{ areaCode: '41', number: '99999-8888' }],
});
const T = '/v1/tenants/{tenant}';
const call = { queue: '7', extension: '1001', areaCode: '41', number: '99999-8888' };
const event = '?pid=a-1&num=41999998888&cid=e-1&ramal=1001&empresaId=1042';

it('every operation answers as the OpenAPI document describes it, field by field, and no answer of /v1 may be cached', async () => {
  await ask('GET /healthz', 200);
  await ask('GET /readyz', 200);
  await ask('GET /metrics', 200);
  await ask('GET /schemas/tenant.json', 200);

  await ask('GET /v1/tenants', 200);
  const document = await jsonOf(await ask(`GET ${T}`, 200), AnyObject);
  await ask(`PUT ${T}`, 200, { json: { ...document, name: 'Cobranca Norte' } });
  const inbound = { allowFrom: ['127.0.0.1'], webhook: await startCrm() };
  await ask(`PUT ${T}`, 200, { json: { ...document, inbound } });
  await ask(`PUT ${T}`, 400, { json: { ...document, name: '' } });
  await ask(`GET ${T}/versions`, 200);
  await ask(`GET ${T}/versions/{version}`, 200);
  await ask(`PUT ${T}/secrets/{name}`, 204, { json: { value: 'a-further-secret' } });
  await ask(`GET ${T}/secrets`, 200);
  await ask(`DELETE ${T}/secrets/{name}`, 204);

  const made = await ask('POST /v1/keys', 201, { json: { tenantId: '1042', label: 'crm' } });
  values.set('key', (await jsonOf(made, v.looseObject({ id: v.string() }))).id);
  await ask('GET /v1/keys', 200);
  await ask('DELETE /v1/keys/{key}', 204);

  const placed = await jsonOf(await ask(`POST ${T}/calls`, 201, { json: call }), PlacedShape);
  values.set('callId', placed.callId ?? '');
  await ask('GET /telephony-proxy/atendimentodiscador', 200, {
    query: event.replace('e-1', placed.callId ?? ''),
  });
  await ask('GET /telephony-proxy/atendimentodiscador', 400);
  const told = await ask('GET /telephony-proxy/atendimentoreceptivo', 200, { query: event });
  const [, eventId = '', query = ''] =
    /^0; url=atendimentoreceptivo\/(.*)(\?.*)$/.exec(told.headers.get('Refresh') ?? '') ?? [];
  values.set('event', eventId);
  await ask('GET /telephony-proxy/atendimentoreceptivo/{event}', 200, { query });
  await ask('GET /telephony-proxy/teste', 200, { query: '?empresaId=1042' });
  await ask('GET /callbacks/{tenant}/{connection}', 200, { query: event.replace('e-1', 'e-2') });
  await ask('POST /callbacks/{tenant}/{connection}', 200, { query: event.replace('e-1', 'e-3') });
  await ask(`GET ${T}/events`, 200);
  await follow(`GET ${T}/events`, '/events', 2);
  await ask(`POST ${T}/transfers`, 200, {
    json: { queue: '7', extension: '1001', destination: '4133334444' },
  });
  await ask(`GET ${T}/recordings/{callId}`, 200);
  await ask(`GET ${T}/recordings/{callId}`, 206, { headers: { Range: 'bytes=0-99' } });
  await ask(`GET ${T}/recordings/{callId}`, 416, { headers: { Range: 'bytes=99999999-' } });
  await recordingLabelled('video/mp4', 200);
  await recordingLabelled('application/octet-stream', 206, { Range: 'bytes=100-199' });
  host.vendor.faults.next('click2call', { kind: 'resetBeforeAnswer' }, 1);
  await ask(`POST ${T}/calls`, 502, { json: { ...call, extension: '1002' } });
  const doubts = await jsonOf(
    await ask(`GET ${T}/calls`, 200, { query: '?state=in_doubt' }),
    CallsShape,
  );
  values.set('attemptId', doubts.calls[0]?.attemptId ?? '');
  await ask(`POST ${T}/calls/{attemptId}/settle`, 200, { json: { state: 'failed' } });
  await ask(`GET ${T}/exchanges`, 200);

  await ask(`GET ${T}/connections`, 200);
  const trial = { feature: 'click2call', input: call };
  await ask(`POST ${T}/connections/{connection}/preview`, 200, { json: trial });
  host.vendor.faults.next('click2call', { kind: 'status', status: 422 }, 1);
  await ask(`POST ${T}/connections/{connection}/test`, 200, { json: trial });
  await ask(`POST ${T}/connections/{connection}/doctor`, 200);
  await ask(`POST ${T}/connections/{connection}/reply`, 200, {
    json: { feature: 'click2call', replies: [{ status: 422, body: '{"ok":false}' }] },
  });

  await ask(`PUT ${T}/do-not-call`, 200, { json: { numbers: ['41 98888-7777', 'x'] } });
  await ask(`GET ${T}/do-not-call`, 200);
  await ask(`POST ${T}/calls`, 422, { json: { ...call, number: '98888-7777' } });
  await ask(`DELETE ${T}/do-not-call`, 200, {
    method: 'DELETE',
    json: { numbers: ['41 98888-7777'] },
  });
  await mailings();
  await expect
    .poll(() => typesOf(sent))
    .toEqual(expect.arrayContaining(['call.answered', 'mailing.results']));
  expect(sent.flatMap(described.webhookComplaints)).toEqual([]);
  await ask(`DELETE ${T}`, 204);
  expect(described.operations.filter((operation) => !asked.has(operation))).toEqual([]);
});

/** A recording with a content type other than audio. */
async function recordingLabelled(
  contentType: string,
  status: number,
  headers: Record<string, string> = {},
) {
  host.vendor.faults.next('recording', { kind: 'contentType', contentType }, 1);
  const answer = await ask(`GET ${T}/recordings/{callId}`, status, { headers });
  expect(answer.headers.get('Content-Type')).toBe(contentType);
}

async function mailings(): Promise<void> {
  const send = async (rows: readonly unknown[]) => {
    const taken = await ask(`POST ${T}/mailings`, 202, { query: '?queue=7', json: rows });
    const { mailingId } = await jsonOf(taken, TakenShape);
    values.set('mailing', mailingId);
    return mailingId;
  };
  const ofMailing = `${T}/mailings/{mailing}`;
  host.vendor.faults.next('contactLoad', { kind: 'status', status: 422 }, 1);
  host.vendor.faults.next('contactLoad', { kind: 'resetBeforeAnswer' }, 1);
  const first = await send([contact('a-1'), contact('a-2'), { contactId: 'a-3' }]);
  await until(host, first, ({ state }) => state === 'active');
  await ask(`GET ${T}/mailings`, 200);
  await ask(`GET ${ofMailing}`, 200);
  await ask(`GET ${ofMailing}/progress`, 200);
  await follow(`GET ${ofMailing}/progress`, `/mailings/${first}/progress`, 1);
  await ask(`GET ${ofMailing}/contacts`, 200);
  await ask(`GET ${ofMailing}/rejects`, 200);
  await ask(`GET ${ofMailing}/rejects`, 200, { headers: { Accept: 'text/csv' } });
  await ask(`POST ${ofMailing}/settle`, 200, { json: { as: 'sent' } });
  await ask(`POST ${ofMailing}/pause`, 409);
  await ask(`POST ${ofMailing}/resume`, 409);
  await ask(`POST ${ofMailing}/retry`, 202);
  await ask(`POST ${ofMailing}/cancel`, 409);
  await until(host, first, ({ state }) => state === 'active');
  await host.vendor.dial('7');
  await ask(`POST ${ofMailing}/deactivate`, 202);
  await until(host, first, ({ state }) => state === 'finished');
  await ask(`POST ${ofMailing}/results/fetch`, 202);
  await ask(`GET ${ofMailing}/results`, 200);
  await ask(`GET ${ofMailing}/results`, 200, { headers: { Accept: 'text/csv' } });
  await ask(`GET ${ofMailing}/results`, 200, { headers: { Accept: 'application/x-ndjson' } });
  await ask(`GET ${ofMailing}/results`, 406, { headers: { Accept: 'image/png' } });
  await ask(`GET ${ofMailing}/results/summary`, 200);
  await ask(`GET ${ofMailing}/results/statuses`, 200);
  await ask(`GET ${T}/results/statuses`, 200);
  const { attempts } = await jsonOf(
    await host.tenant(`/mailings/${first}/results`),
    v.looseObject({ attempts: v.array(v.looseObject({ callId: v.string() })) }),
  );
  for (const callId of [values.get('callId') ?? '', attempts[0]?.callId ?? '']) {
    values.set('callId', callId);
    await ask(`GET ${T}/calls/{callId}`, 200);
  }
  await ask(`POST ${T}/queues/{queue}/clear`, 200);
  await ask(`POST ${T}/queues/{queue}/emptied`, 200);
  // A stopped mailing is described with its error.
  host.vendor.faults.next('contactClear', { kind: 'status', status: 401 }, 1);
  const second = await send([contact('b-1')]);
  await expect
    .poll(async () => (await host.tenant(`/mailings/${second}`)).text())
    .toMatch('stopped');
  await ask(`GET ${ofMailing}`, 200);
}
