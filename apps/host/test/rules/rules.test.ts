import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { AnyObject, jsonOf, PlacedShape, ProblemShape } from '../support/json.ts';
import { RejectsShape, TakenShape } from '../support/mailings.ts';
import { startTestHost, tenantDocument, type TestHost } from '../support/test-host.ts';

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
});
afterAll(() => host.stop());

const rules = (value: object) =>
  host.tenant('', { method: 'PUT', json: { ...tenantDocument(host.vendor.url), rules: value } });
const call = (number: string, extension = '1001') =>
  host.tenant('/calls', { json: { queue: '7', extension, areaCode: '41', number } });
const forbid = (...numbers: readonly string[]) =>
  host.tenant('/do-not-call', { method: 'PUT', json: { numbers } });
const RuleShape = v.looseObject({ ...ProblemShape.entries, rule: v.string() });

/** Places a call and ends it, so that the extension is free for the next one. */
async function place(number: string): Promise<void> {
  const response = await call(number);
  expect(response.status).toBe(201);
  const { callId } = await jsonOf(response, PlacedShape);
  await fetch(`${host.vendor.url}/calls/${callId}`, {
    method: 'DELETE',
    headers: { Authorization: `Bearer ${host.vendor.token}` },
  });
}

/** Leaves an empty do-not-call list to the next test. */
async function emptyList(): Promise<void> {
  for (;;) {
    const { numbers } = await jsonOf(
      await host.tenant('/do-not-call?limit=1000'),
      v.object({ numbers: v.array(v.object({ number: v.string() })) }),
    );
    if (numbers.length === 0) return;
    await host.tenant('/do-not-call', {
      method: 'DELETE',
      json: { numbers: numbers.map(({ number }) => number) },
    });
  }
}

describe('the do-not-call list', () => {
  afterEach(emptyList);

  it('keeps an operator from calling a number, in whatever form the number was added', async () => {
    const added = await forbid('(41) 98877-6655', '+55 41 98877 6655', '12');
    expect(await added.json()).toEqual({
      added: 1,
      known: 1,
      rejected: 1,
      rejectedRows: [{ row: 3, reason: expect.any(String) }],
    });
    const sent = host.vendor.requests.length;
    const refused = await call('98877-6655');
    expect(refused.status).toBe(422);
    expect(await jsonOf(refused, RuleShape)).toMatchObject({
      code: 'not_allowed',
      rule: 'do_not_call',
    });
    expect(host.vendor.requests).toHaveLength(sent);
  });

  it('also holds for testing a connection, which rings telephones too', async () => {
    await forbid('41988776655');
    const sent = host.vendor.requests.length;
    const phone = { areaCode: '41', number: '98877-6655' };
    const contact = { contactId: 'c-1', phones: [{ areaCode: '41', number: '3333-4444' }, phone] };
    for (const json of [
      { feature: 'click2call', input: { queue: '7', extension: '1001', ...phone } },
      { feature: 'contactLoad', input: { queue: '7', contact } },
    ]) {
      const refused = await host.tenant('/connections/dialer/test', { json });
      expect(refused.status).toBe(422);
      expect(await jsonOf(refused, RuleShape)).toMatchObject({ rule: 'do_not_call' });
    }
    expect(host.vendor.requests).toHaveLength(sent);
  });

  it('can be searched for a number, and no longer blocks a number that was removed', async () => {
    await forbid('41988776655');
    const asked = await host.tenant('/do-not-call?number=041988776655');
    expect(await asked.json()).toMatchObject({ numbers: [{ number: '+5541988776655' }] });
    expect(await (await host.tenant('/do-not-call?number=41911112222')).json()).toEqual({
      numbers: [],
      next: null,
    });
    const removed = await host.tenant('/do-not-call', {
      method: 'DELETE',
      json: { numbers: ['41988776655', '41911112222'] },
    });
    expect(await removed.json()).toMatchObject({ removed: 1, unknown: 1, rejected: 0 });
    await place('98877-6655');
  });

  it('takes a CSV file with a heading and each number in one or two columns, and is listed in pages', async () => {
    const file = 'DDD;Telefone\r\n41;91111-0001\r\n041;911110002\r\n41 91111 0003;\r\nlixo;\r\n';
    const added = await host.tenant('/do-not-call', {
      method: 'PUT',
      body: file,
      headers: { 'Content-Type': 'text/csv' },
    });
    expect(await jsonOf(added, AnyObject)).toMatchObject({
      added: 3,
      rejected: 1,
      rejectedRows: [{ row: 5 }],
    });
    const listed = await jsonOf(
      await host.tenant('/do-not-call?limit=2'),
      v.object({ numbers: v.array(AnyObject), next: v.string() }),
    );
    expect(listed.numbers).toHaveLength(2);
    const rest = await host.tenant(`/do-not-call?limit=2&after=${listed.next}`);
    expect(await rest.json()).toMatchObject({ numbers: [{}], next: null });
  });
});

describe('a file for the do-not-call list', () => {
  afterEach(emptyList);

  it.each([
    ['with a byte order mark', '\ufeff41 91111-0011\r\n'],
    ['with a byte order mark and a heading', '\ufeffTelefone\r\n41 91111-0012\r\n'],
    ['with a digit in its heading', 'telefone1;motivo\r\n41911110013;pediu\r\n'],
    ['in UTF-16', Buffer.from('\ufeffDDD\tTelefone\r\n41\t911110014\r\n', 'utf16le')],
    ['with a line that tells the separator', 'sep=;\r\nDDD;Telefone\r\n41;911110015\r\n'],
  ])('is read %s', async (_name, body) => {
    const added = await host.tenant('/do-not-call', {
      method: 'PUT',
      body,
      headers: { 'Content-Type': 'text/csv' },
    });
    expect(await jsonOf(added, AnyObject)).toMatchObject({ added: 1, rejected: 0 });
  });

  it('has each further number in a line rejected: only one is read, and the others would still be called', async () => {
    const body = [
      'Telefone1;Telefone2;CPF;Motivo',
      '41911110021;41911110022;;pediu',
      '41;911110023;41911110024',
      '41911110025,41911110026,41911110027',
      '41911110028;;529.982.247-25;protocolo 41911110029',
    ].join('\n');
    const added = await host.tenant('/do-not-call', {
      method: 'PUT',
      body,
      headers: { 'Content-Type': 'text/csv' },
    });
    expect(await jsonOf(added, AnyObject)).toMatchObject({
      added: 4,
      rejected: 4,
      rejectedRows: [2, 3, 4, 4].map((row) => ({ row, reason: expect.stringContaining('one') })),
    });
  });

  it('is stored whole, even if it is long and its last line has no line end', async () => {
    const numbers = Array.from({ length: 2100 }, (_, index) => `4192222${1000 + index}`);
    const added = await host.tenant('/do-not-call', {
      method: 'PUT',
      body: numbers.join('\n'),
      headers: { 'Content-Type': 'text/plain' },
    });
    expect(await jsonOf(added, AnyObject)).toMatchObject({ added: 2100, known: 0, rejected: 0 });
    for (const number of [numbers[0], numbers[999], numbers[1000], numbers.at(-1)]) {
      const asked = await host.tenant(`/do-not-call?number=${number}`);
      expect(await jsonOf(asked, AnyObject)).toMatchObject({ numbers: [{}] });
    }
  });

  it('is refused with 400 if a line is longer than 65536 characters', async () => {
    const response = await host.tenant('/do-not-call', {
      method: 'PUT',
      body: '1'.repeat(100_000),
      headers: { 'Content-Type': 'text/csv' },
    });
    expect(response.status).toBe(400);
    expect((await jsonOf(response, ProblemShape)).errors?.[0]?.message).toContain('65536');
  });
});

describe('calling hours', () => {
  it('refuse a call if no day has hours, and allow the call if every day is open all day', async () => {
    expect((await rules({ callingHours: {} })).status).toBe(200);
    const refused = await call('97777-6666');
    expect(refused.status).toBe(422);
    expect(await jsonOf(refused, RuleShape)).toMatchObject({ rule: 'calling_hours' });
    const all = { weekdays: '00:00-24:00', saturday: '00:00-24:00', sunday: '00:00-24:00' };
    expect((await rules({ callingHours: all })).status).toBe(200);
    await place('97777-6666');
  });

  it('are refused in the document if they are not valid, with the place and an example', async () => {
    const saved = await rules({
      callingHours: { weekdays: '20:00-08:00' },
      excludeWorked: { within: '30 days' },
    });
    expect(saved.status).toBe(400);
    expect((await jsonOf(saved, ProblemShape)).errors).toMatchObject([
      { path: 'rules.callingHours.weekdays', message: expect.stringContaining('08:00-20:00') },
      { path: 'rules.excludeWorked.within', message: expect.stringContaining('30d') },
    ]);
  });
});

describe('attempts per day', () => {
  it('count calls that were placed, not those that failed', async () => {
    expect((await rules({ attemptsPerDay: 2 })).status).toBe(200);
    await place('96666-5555');
    expect((await call('96666-5555', '9999')).status).toBe(422);
    await place('96666-5555');
    const refused = await call('96666-5555');
    expect(refused.status).toBe(422);
    expect(await jsonOf(refused, RuleShape)).toMatchObject({
      code: 'not_allowed',
      rule: 'attempts_per_day',
    });
    expect(Number(refused.headers.get('Retry-After'))).toBeGreaterThan(0);
    await place('96666-5554');
  });

  it('count a call that another operator places at the same moment', async () => {
    expect((await rules({ attemptsPerDay: 1 })).status).toBe(200);
    const placed = await Promise.all(
      ['1001', '1002'].map((extension) => call('94444-3333', extension)),
    );
    expect(placed.map(({ status }) => status).toSorted((left, right) => left - right)).toEqual([
      201, 422,
    ]);
    host.vendor.telephony.calls.clear();
  });

  it('count calls of operators for the numbers of a mailing, too', async () => {
    expect((await rules({ attemptsPerDay: 1 })).status).toBe(200);
    await place('95555-4444');
    const phones = ['95555-4444', '95555-4443'].map((number) => ({ areaCode: '41', number }));
    const taken = await host.tenant('/mailings?queue=7', { json: [{ contactId: '1', phones }] });
    const { mailingId } = await jsonOf(taken, TakenShape);
    const list = await host.tenant(`/mailings/${mailingId}/rejects`);
    expect((await jsonOf(list, RejectsShape)).rejects).toMatchObject([
      { reason: 'attempts_per_day', message: expect.stringContaining('phone 1') },
    ]);
  });
});
