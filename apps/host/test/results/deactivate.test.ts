import { genericHttpSettings, startLoopbackServer } from '@finaz-telephony/testing';
import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { AnyObject, jsonOf } from '../support/json.ts';
import { startTestHost, tenantDocument, type TestHost } from '../support/test-host.ts';
import { wholeBody } from '../support/whole-body.ts';

let host: TestHost;
beforeEach(async () => {
  host = await startTestHost();
});
afterEach(() => host.stop());

const wait = { timeout: 60_000, interval: 50 };
const TakenShape = v.looseObject({ mailingId: v.string(), rejected: v.number() });
const StateShape = v.looseObject({ state: v.string() });
const AttemptsShape = v.looseObject({
  attempts: v.array(v.looseObject({ contactId: v.nullable(v.string()), outcome: v.string() })),
  next: v.string(),
  isLast: v.boolean(),
});
const SummaryShape = v.looseObject({
  state: v.string(),
  attempts: v.number(),
  outcomes: v.record(v.string(), v.number()),
  foreign: v.number(),
  unmapped: v.number(),
});

interface TestContact {
  readonly contactId: string;
  readonly numbers: readonly string[];
}
/** The last two digits of a number decide its outcome at the test vendor: 10 busy, 30 invalid, 11 answered. */
const contacts: readonly TestContact[] = [
  { contactId: '7001', numbers: ['41988880011'] },
  { contactId: '7002', numbers: ['41988880010', '41988880111'] },
  { contactId: '7003', numbers: ['41988880030'] },
];

async function take(list: readonly TestContact[] = contacts, queue = '7') {
  const body = list
    .map(({ contactId, numbers }) =>
      JSON.stringify({
        contactId,
        name: 'Nome',
        cpf: '',
        phones: numbers.map((number) => ({
          areaCode: number.slice(0, 2),
          number: number.slice(2),
        })),
      }),
    )
    .join('\n');
  const taken = await host.tenant(`/mailings?queue=${queue}`, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/x-ndjson' },
  });
  expect(taken.status).toBe(202);
  return jsonOf(taken, TakenShape);
}

const stateOf = async (id: string) =>
  (await jsonOf(await host.tenant(`/mailings/${id}`), StateShape)).state;
const summaryOf = async (id: string) =>
  jsonOf(await host.tenant(`/mailings/${id}/results/summary`), SummaryShape);
const attemptsOf = async (id: string, query = '') =>
  jsonOf(await host.tenant(`/mailings/${id}/results${query}`), AttemptsShape);

async function loaded(): Promise<string> {
  const { mailingId } = await take();
  await expect.poll(() => stateOf(mailingId), wait).toBe('active');
  return mailingId;
}

async function deactivated(id: string): Promise<void> {
  expect((await host.tenant(`/mailings/${id}/deactivate`, { method: 'POST' })).status).toBe(202);
  await expect.poll(() => stateOf(id), wait).toBe('finished');
}

describe('a deactivated mailing', () => {
  it('is finished once its results are fetched, and gives them as JSON pages, CSV and NDJSON', async () => {
    const id = await loaded();
    await host.vendor.dial('7');
    await deactivated(id);
    expect(await summaryOf(id)).toMatchObject({
      state: 'complete',
      attempts: 4,
      outcomes: { answered: 2, busy: 1, invalid_number: 1 },
      foreign: 0,
    });
    const page = await attemptsOf(id, '?limit=3');
    expect(page).toMatchObject({ isLast: false });
    expect(page.attempts).toHaveLength(3);
    expect(await attemptsOf(id, `?limit=3&after=${page.next}`)).toMatchObject({
      attempts: [
        {
          contactId: '7003',
          areaCode: '41',
          number: '988880030',
          outcome: 'invalid_number',
          vendorStatus: 'INVALID',
          matchedBy: 'contact',
        },
      ],
      isLast: true,
    });
    expect((await attemptsOf(id, '?outcome=busy')).attempts).toHaveLength(1);

    const csv = await host.tenant(`/mailings/${id}/results`, { headers: { Accept: 'text/csv' } });
    expect(csv.headers.get('Content-Type')).toMatch(/^text\/csv/);
    expect((await csv.text()).trimEnd().split('\r\n')).toHaveLength(5);
    const lines = await host.tenant(`/mailings/${id}/results`, {
      headers: { Accept: 'application/x-ndjson' },
    });
    expect((await lines.text()).trimEnd().split('\n')).toHaveLength(4);
    const refused = await host.tenant(`/mailings/${id}/results`, {
      headers: { Accept: 'image/png' },
    });
    expect(refused.status).toBe(406);
  });

  it('can have its results fetched again, which adds nothing and leaves it finished', async () => {
    const id = await loaded();
    await host.vendor.dial('7');
    await deactivated(id);
    const before = await attemptsOf(id);
    const again = await host.tenant(`/mailings/${id}/results/fetch`, { method: 'POST' });
    expect(again.status).toBe(202);
    await expect.poll(async () => (await summaryOf(id)).state, wait).toBe('complete');
    expect(await attemptsOf(id)).toEqual(before);
    // The first fetch brought everything, and finished the mailing.
    expect(await stateOf(id)).toBe('finished');
  });

  it('is finished at once, without a fetch of results, if it was never loaded', async () => {
    host.vendor.faults.next('contactClear', { kind: 'status', status: 422 });
    const { mailingId } = await take();
    await expect.poll(() => stateOf(mailingId), wait).toBe('stopped');
    await deactivated(mailingId);
    expect(host.vendor.requests.filter(({ path }) => path.endsWith('/results'))).toEqual([]);
    const asked = await host.tenant(`/mailings/${mailingId}/results/fetch`, { method: 'POST' });
    expect(asked.status).toBe(409);
    expect(await summaryOf(mailingId)).toMatchObject({ state: 'none', attempts: 0 });
    const foreign = await host.tenant(`/mailings/${mailingId}/results?foreign=1`);
    expect(foreign.status).toBe(400);
  });

  it('shows why its results cannot be fetched, and is finished once they can', async () => {
    const id = await loaded();
    await host.vendor.dial('7');
    host.vendor.faults.next('dialerResults', { kind: 'status', status: 500 });
    expect((await host.tenant(`/mailings/${id}/deactivate`, { method: 'POST' })).status).toBe(202);
    await expect.poll(async () => (await summaryOf(id)).state, wait).toBe('failed');
    expect(await summaryOf(id)).toMatchObject({
      error: { code: 'unavailable' },
      nextFetchAt: expect.any(String),
    });
    expect(await stateOf(id)).toBe('deactivating');
    host.vendor.faults.clear();
    await host.tenant(`/mailings/${id}/results/fetch`, { method: 'POST' });
    await expect.poll(() => stateOf(id), wait).toBe('finished');
    expect(await summaryOf(id)).toMatchObject({ state: 'complete', attempts: 4 });
  });

  it('is finished if its company removes the results feature, and can have its results fetched once the feature is back', async () => {
    const id = await loaded();
    await host.vendor.dial('7');
    host.vendor.faults.next('dialerResults', { kind: 'status', status: 500 });
    await host.tenant(`/mailings/${id}/deactivate`, { method: 'POST' });
    await expect.poll(async () => (await summaryOf(id)).state, wait).toBe('failed');
    const document = tenantDocument(host.vendor.url);
    const { dialerResults: _, ...features } = document.features;
    await host.tenant('', { method: 'PUT', json: { ...document, features } });
    await expect.poll(() => stateOf(id), wait).toBe('finished');

    host.vendor.faults.clear();
    await host.tenant('', { method: 'PUT', json: document });
    await host.tenant(`/mailings/${id}/results/fetch`, { method: 'POST' });
    await expect.poll(async () => (await summaryOf(id)).state, wait).toBe('complete');
    expect(await summaryOf(id)).toMatchObject({ attempts: 4 });
  });
});

it('statuses without a mapping are listed, and a new status map applies to attempts that are already stored', async () => {
  const settings = genericHttpSettings(host.vendor.url, '${secret:vendorToken}');
  const save = (outcomes: object) =>
    host.tenant('', {
      method: 'PUT',
      json: {
        ...tenantDocument(host.vendor.url),
        connections: {
          dialer: {
            adapter: 'generic-http',
            settings: { ...settings, dialerResults: { ...settings.dialerResults, outcomes } },
          },
        },
      },
    });
  await save({ ANSWERED: 'answered' });
  const id = await loaded();
  await host.vendor.dial('7');
  await deactivated(id);
  expect(await summaryOf(id)).toMatchObject({ unmapped: 2, outcomes: { answered: 2, unknown: 2 } });
  const words = await host.tenant('/results/statuses');
  expect(await jsonOf(words, AnyObject)).toMatchObject({
    statuses: [
      { status: 'ANSWERED', outcome: 'answered', mapped: true, attempts: 2 },
      { status: 'BUSY', outcome: 'unknown', mapped: false, attempts: 1 },
      { status: 'INVALID', mapped: false, attempts: 1 },
    ],
  });
  await save({ ANSWERED: 'answered', BUSY: 'busy', INVALID: 'invalid_number' });
  expect(await summaryOf(id)).toMatchObject({
    unmapped: 0,
    outcomes: { answered: 2, busy: 1, invalid_number: 1 },
  });
});

it('the webhook announces the final results of a mailing in a signed message with their counts', async () => {
  const received: { headers: Record<string, string>; body: string }[] = [];
  const server = await startLoopbackServer(async (request, response) => {
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    received.push({ headers, body: String(await wholeBody(request)) });
    response.writeHead(204).end();
  });
  try {
    await host.tenant('/secrets/hook', { method: 'PUT', json: { value: 'webhook-secret' } });
    await host.tenant('', {
      method: 'PUT',
      json: {
        ...tenantDocument(host.vendor.url),
        inbound: {
          allowFrom: ['127.0.0.1/32'],
          webhook: { url: `${server.url}/hook`, secret: '${secret:hook}' },
        },
      },
    });
    const id = await loaded();
    await host.vendor.dial('7');
    await deactivated(id);
    await expect.poll(() => received.length, wait).toBe(1);
    const [{ headers, body } = { headers: {}, body: '' }] = received;
    new Webhook('webhook-secret', { format: 'raw' }).verify(body, headers);
    expect(JSON.parse(body)).toMatchObject({
      type: 'mailing.results',
      data: {
        mailingId: id,
        isFinal: true,
        attempts: 4,
        outcomes: { answered: 2, busy: 1, invalid_number: 1 },
        resultsUrl: `/v1/tenants/1042/mailings/${id}/results`,
      },
    });
  } finally {
    await server.close();
  }
});

describe('the next mailing', () => {
  const RejectsShape = v.looseObject({
    rejects: v.array(v.looseObject({ reason: v.string(), contactId: v.nullable(v.string()) })),
  });
  const rejectsOf = async (id: string) =>
    (await jsonOf(await host.tenant(`/mailings/${id}/rejects`), RejectsShape)).rejects;
  const rules = (value: object) =>
    host.tenant('', { method: 'PUT', json: { ...tenantDocument(host.vendor.url), rules: value } });

  it('leaves out numbers that were reached or found invalid, and lists them among its rejects', async () => {
    const id = await loaded();
    await host.vendor.dial('7');
    await deactivated(id);
    await rules({ excludeWorked: { outcomes: ['answered', 'invalid_number'], within: '30d' } });
    const next = await take();
    expect(next).toMatchObject({ total: 1, rejected: 2 });
    expect(await rejectsOf(next.mailingId)).toMatchObject([
      { kind: 'row', reason: 'already_worked', contactId: '7001' },
      { kind: 'phone', reason: 'already_worked', contactId: '7002' },
      { kind: 'row', reason: 'already_worked', contactId: '7003' },
    ]);
  });

  it('leaves out numbers that have been called as often today as the company allows', async () => {
    const id = await loaded();
    await host.vendor.dial('7');
    await deactivated(id);
    await rules({ attemptsPerDay: 1 });
    expect(await take()).toMatchObject({ total: 0, rejected: 3 });
    await rules({ attemptsPerDay: 2 });
    expect(await take(contacts, '8')).toMatchObject({ total: 3, rejected: 0 });
  });

  it('leaves out numbers on the do-not-call list, and lists them among its rejects', async () => {
    await host.tenant('/do-not-call', { method: 'PUT', json: { numbers: ['41 98888-0111'] } });
    const next = await take();
    expect(next).toMatchObject({ total: 3, rejected: 0 });
    expect(await rejectsOf(next.mailingId)).toMatchObject([
      { kind: 'phone', reason: 'do_not_call', contactId: '7002' },
    ]);
  });

  it('waits for the hours in which people may be called, and shows until when', async () => {
    // The day is that of the area code; in the evening, UTC is already one day ahead.
    const days = [-1, 0, 1].map((offset) =>
      new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10),
    );
    const all = { weekdays: '00:00-24:00', saturday: '00:00-24:00', sunday: '00:00-24:00' };
    await rules({ callingHours: { ...all, holidays: days } });
    const { mailingId } = await take();
    const HeldShape = v.looseObject({
      state: v.string(),
      heldUntil: v.nullable(v.string()),
      error: v.nullable(v.looseObject({ code: v.string() })),
    });
    const shown = async () => jsonOf(await host.tenant(`/mailings/${mailingId}`), HeldShape);
    await expect.poll(async () => (await shown()).heldUntil, wait).not.toBeNull();
    expect(await shown()).toMatchObject({ state: 'waiting', error: { code: 'calling_hours' } });
    expect(host.vendor.requests.filter(({ path }) => path.includes('/contacts'))).toEqual([]);
  });
});
