import { describe, expect, it, onTestFinished, vi } from 'vitest';
import * as v from 'valibot';
import type { UnreadableRow } from '../../src/index.ts';
import { AttemptSchema, type ReadingStep } from '../../src/host.ts';
import { createTemplateAdapter, TemplateSettingsSchema } from '../../src/template/index.ts';
import { fakeContext } from '../support/fake-context.ts';
import { runFeature } from '../support/run-feature.ts';
import { errorOf, issuesOf } from '../support/template-documents.ts';

const fields = {
  contactId: '{{ row.c }}',
  areaCode: '{{ row.ddd }}',
  number: '{{ row.n }}',
  at: '{{ row.at }}',
  status: '{{ row.s | upper }}',
  callId: '{{ row.id }}',
  extension: '{{ row.ext }}',
  duration: '{{ row.secs }}',
};

const read = (rows: unknown, more: object = {}) =>
  runFeature(
    'dialerResults',
    {
      dialerResults: {
        request: {
          url: 'https://pbx.example/r',
          query: { from: '{{ from | date: "dd/MM/yyyy HH:mm" }}', to: '{{ to | date: "epoch" }}' },
        },
        rows: 'reply.data',
        fields,
        outcomes: {
          BUSY: 'busy',
          'NO ANSWER': 'no_answer',
          'nao atende': 'no_answer',
          'HUC2*': 'rejected',
          '18-20': 'no_answer',
        },
        ...more,
      },
    },
    { body: typeof rows === 'string' ? rows : JSON.stringify({ data: rows }) },
  );

const row = { c: '1', n: '41999998888', at: '2026-11-24 09:00:00', s: 'busy' };

/** What is read of a body, and what is told of the rows that cannot be. */
async function collected(body: string, more: object, listening: object = {}, settings = {}) {
  const unreadable: UnreadableRow[] = [];
  const dialerResults = { request: { url: 'https://pbx.example/r' }, fields, ...more };
  const { features } = createTemplateAdapter(
    v.parse(TemplateSettingsSchema, { ...settings, dialerResults }),
  );
  const reading = features.dialerResults?.read(
    {
      mailing: { mailingId: 'm-1', queue: '7', parameters: {}, captures: {} },
      period: { from: new Date(0), to: new Date() },
      onUnreadable: (one) => unreadable.push(one),
    },
    { ...fakeContext({ body }), ...listening },
  );
  const contacts = [];
  for await (const { contactId } of reading ?? []) contacts.push(contactId);
  return { contacts, unreadable };
}

describe('dialerResults', () => {
  it('asks for the period in the time zone of the company', async () => {
    const { context, result } = read([]);
    expect(await result).toEqual([]);
    expect([...new URL(context.sent[0]?.url ?? '').searchParams]).toEqual([
      ['from', '24/11/2026 00:00'],
      ['to', '1795575600'],
    ]);
  });

  describe('of a list of which "rows" takes a part of each item', () => {
    const items = [{ call: row }, { transfer: 1 }, { call: { ...row, c: '2' } }];
    it('an item without that part is told, and hides no other', async () => {
      expect(await collected(JSON.stringify(items), { rows: 'reply | map: "call"' })).toEqual({
        contacts: ['1', '2'],
        unreadable: [{ position: 2, reason: 'it has nothing of what "rows" reads of it' }],
      });
    });

    it('an item without that part can be skipped', async () => {
      const more = { rows: 'reply | map: "call"', skip: 'not row' };
      expect(await collected(JSON.stringify(items), more)).toEqual({
        contacts: ['1', '2'],
        unreadable: [],
      });
    });

    it('a line that is not JSON is told, and not skipped: the call that it reports would be lost', async () => {
      const body = [...items.map((item) => JSON.stringify(item)), '{"call":'].join('\n');
      const more = { read: { as: 'ndjson' }, rows: 'reply | map: "call"', skip: 'not row' };
      const reason = 'it is not valid JSON, or has nothing of what "rows" reads of it';
      expect(await collected(body, more)).toEqual({
        contacts: ['1', '2'],
        unreadable: [
          { position: 2, reason },
          { position: 4, reason },
        ],
      });
    });
  });

  describe('of which a filter refuses a row', () => {
    const refusing = {
      ...fields,
      contactId: '{{ row.c | required: "the contact of this attempt" }}',
    };
    const [first, second, third] = [row, { ...row, c: '' }, { ...row, c: '3' }];
    const told = {
      contacts: ['1', '3'],
      unreadable: [
        { position: 2, reason: 'The connection does not know the contact of this attempt.' },
      ],
    };

    it.each([
      ['in one answer', { rows: 'reply.data' }, JSON.stringify({ data: [first, second, third] })],
      [
        'in lines',
        { read: { as: 'ndjson' } },
        [first, second, third].map((one) => JSON.stringify(one)).join('\n'),
      ],
      [
        'as a whole',
        { rows: 'reply.data | skip: 0' },
        JSON.stringify({ data: [first, second, third] }),
      ],
    ])('that row is told, and hides no other: %s', async (_what, more, body) => {
      expect(await collected(body, { ...more, fields: refusing })).toEqual(told);
    });

    it('that row is told where "skip" refuses it', async () => {
      const skip = '(row.c | required: "the contact of this attempt") == "0"';
      expect(await collected(JSON.stringify([first, second, third]), { skip })).toEqual(told);
    });

    it('that row is told where its JSON is nested too deep', async () => {
      const extra = { ...fields, extension: '{{ row.more | parseJson | at: "ext" }}' };
      const deep = { ...row, c: '2', more: '['.repeat(100) };
      expect(
        await collected(JSON.stringify([first, deep, third]), { fields: extra }),
      ).toMatchObject({ contacts: ['1', '3'], unreadable: [{ position: 2 }] });
    });

    it('that row is explained to who tries a sample', async () => {
      const steps: ReadingStep[] = [];
      const body = JSON.stringify([second]);
      const explain = (step: ReadingStep) => steps.push(step);
      await collected(body, { fields: refusing }, { explain });
      expect(steps).toContainEqual(
        expect.objectContaining({ state: 'unreadable', reason: told.unreadable[0]?.reason }),
      );
    });

    it.each([
      ['a secret that is empty', 'invalid_config', '{{ row.c | hmac: variables.none }}'],
      ['a queue without its entry', 'invalid_input', '{{ queueSettings.prefix }}{{ row.c }}'],
      [
        'a variable that is required and empty',
        'invalid_input',
        '{{ variables.none | required: "the prefix" }}{{ row.c }}',
      ],
    ])('the report ends if the settings are at fault: %s', async (_what, code, contactId) => {
      const more = { fields: { ...fields, contactId } };
      const settings = { variables: { none: '' }, queues: { 8: { prefix: 'x' } } };
      expect(
        await errorOf(collected(JSON.stringify([first, third]), more, {}, settings)),
      ).toMatchObject({ code });
    });
  });

  it.each([
    ['2026-11-24 09:00:00', '2026-11-24T12:00:00.000Z'],
    ['2026-11-24T09:00:00-04:00', '2026-11-24T13:00:00.000Z'],
    ['2026-11-24T09:00:00Z', '2026-11-24T09:00:00.000Z'],
  ])('reads the date %s as %s', async (at, instant) => {
    expect(await read([{ ...row, at }]).result).toMatchObject([{ at: instant }]);
  });

  it('reads every field of a row, and leaves empty fields out', async () => {
    const full = { ...row, c: 12, ddd: 41, n: '3333-0000', id: 'x', ext: 1001, secs: 35 };
    const attempts = v.parse(v.array(AttemptSchema), await read([row, full]).result);
    expect(attempts).toEqual([
      {
        contactId: '1',
        areaCode: '41',
        number: '999998888',
        at: '2026-11-24T12:00:00.000Z',
        outcome: 'busy',
        vendorStatus: 'BUSY',
      },
      {
        contactId: '12',
        areaCode: '41',
        number: '33330000',
        at: '2026-11-24T12:00:00.000Z',
        outcome: 'busy',
        vendorStatus: 'BUSY',
        callId: 'x',
        extension: '1001',
        duration: 35,
      },
    ]);
  });

  it('keeps all digits of ids beyond 2^53', async () => {
    const body =
      '{"data":[{"c":98765432109876543210,"n":"41999998888","at":"2026-11-24T12:00:00Z"}]}';
    expect(await read(body).result).toMatchObject([{ contactId: '98765432109876543210' }]);
  });

  it.each([
    ['huc18', 'unknown', 'HUC18'],
    ['no answer', 'no_answer', 'NO ANSWER'],
    ['Não  Atende', 'no_answer', 'NÃO  ATENDE'],
    ['huc21', 'rejected', 'HUC21'],
    ['19', 'no_answer', '19'],
    ['constructor', 'unknown', 'CONSTRUCTOR'],
    [undefined, 'unknown', ''],
  ])('maps the status %s to the outcome %s', async (s, outcome, vendorStatus) => {
    expect(await read([{ ...row, s }]).result).toMatchObject([{ outcome, vendorStatus }]);
  });

  it.each(['00:01:30', '', null, -1, '1e400'])('leaves out a bad duration: %s', async (secs) => {
    const [attempt] = v.parse(v.array(AttemptSchema), await read([{ ...row, secs }]).result);
    expect(attempt).not.toHaveProperty('duration');
  });

  it('keeps a number such as "anonymous" unchanged', async () => {
    const odd = { ...row, ddd: '', n: 'anonymous' };
    expect(await read([odd]).result).toMatchObject([{ areaCode: '', number: 'anonymous' }]);
  });

  it.each([
    [{ ...row, at: 'yesterday' }, 'its date cannot be read'],
    [{ ...row, at: '0001-01-01 00:00:00' }, 'its date cannot be read'],
    [{ ...row, at: '1899-12-30 00:00:00' }, 'its date cannot be read'],
    [{ ...row, at: '24/11/2026 09:00' }, 'its date cannot be read'],
    [{ ...row, n: '' }, 'it has no number'],
    ['no row', 'its date cannot be read'],
    [null, 'its date cannot be read'],
  ])('reports an unreadable row with its position, and reads on: %j', async (bad, reason) => {
    const { contacts, unreadable } = await collected(JSON.stringify([row, bad, row]), {
      rows: 'reply',
    });
    expect(contacts).toEqual(['1', '1']);
    expect(unreadable).toEqual([{ position: 2, reason }]);
  });

  it('leaves out a blank contact id', async () => {
    const [attempt] = v.parse(v.array(v.looseObject({})), await read([{ ...row, c: ' ' }]).result);
    expect(attempt).not.toHaveProperty('contactId');
  });

  it.each(['{}', '{"data":{}}', '{"data":null}', '[]', '<html>', ''])(
    'fails on an answer without a list: %j',
    async (body) => {
      expect(await errorOf(read(body).result)).toMatchObject({
        code: 'unreadable_response',
        message: 'The answer has no list at "reply.data".',
      });
    },
  );

  it.each([
    'where: "s", "BUSY"',
    'skip: 1',
    'map: ["c", "n"]',
    'merge: reply.others, "c", "c"',
    'unwind: "calls"',
    'entries',
    'split: ","',
    'at: "0.calls" | where: "s", "BUSY"',
  ])('fails on an error page even if rows are "reply.data | %s"', async (filter) => {
    for (const body of ['<html>', '{"error":"x"}', '{"data":null}'])
      expect(await errorOf(read(body, { rows: `reply.data | ${filter}` }).result)).toMatchObject({
        code: 'unreadable_response',
        message: expect.stringContaining('The answer has no list at "reply.data | '),
      });
  });

  it('reads rows within rows, and rows that are the members of an object', async () => {
    const call = { at: row.at, s: row.s };
    const grouped = [
      { c: '1', n: row.n, calls: [call, { ...call, s: 'no answer' }] },
      { c: '2', n: row.n, calls: [] },
      { c: '3', n: row.n, calls: [call] },
    ];
    const inCall = { ...fields, at: '{{ row.calls.at }}', status: '{{ row.calls.s | upper }}' };
    const unwound = { rows: 'reply.data | unwind: "calls"', fields: inCall };
    expect(await read(grouped, unwound).result).toMatchObject([
      { contactId: '1', outcome: 'busy' },
      { contactId: '1', outcome: 'no_answer' },
      { contactId: '3', outcome: 'busy' },
    ]);
    const named = {
      rows: 'reply.data | entries',
      fields: {
        ...fields,
        contactId: '{{ row.name }}',
        number: '{{ row.value.n }}',
        at: '{{ row.value.at }}',
        status: 'x',
      },
    };
    expect(await read({ 7001: row, 7002: row }, named).result).toMatchObject([
      { contactId: '7001' },
      { contactId: '7002' },
    ]);
    expect(await read([], named).result).toEqual([]);
  });

  it('gives no attempts for an answer without a list if a rule says "ok_empty"', async () => {
    const more = { rows: 'reply', outcome: [{ when: 'reply == null', is: 'ok_empty' }] };
    expect(await read('[]', more).result).toEqual([]);
  });

  it('reads one XML element as a list of one, and fails without that element unless a rule says "ok_empty"', async () => {
    const xml = (calls: string) =>
      read(`<r>${calls}</r>`, {
        read: { as: 'xml' },
        rows: 'reply.r.call',
        outcome: [{ when: 'reply.r == ""', is: 'ok_empty' }],
      }).result;
    const call =
      '<call><n>41999998888</n><at>2026-11-24 09:00:00</at><s>N&#227;o atende &amp; &#x20AC;</s></call>';
    const attempt = { number: '999998888', vendorStatus: 'NÃO ATENDE & €' };
    expect(await xml(call)).toMatchObject([attempt]);
    expect(await xml(call + call)).toMatchObject([attempt, attempt]);
    expect(await xml('')).toEqual([]);
    expect(await errorOf(xml('<error>7</error>'))).toMatchObject({ code: 'unreadable_response' });
  });

  it.each([
    ['a parameter that was not sent', 'parameters.gone'],
    ['an empty list', 'row.tags'],
    ['nothing', 'row.gone'],
  ])('keeps a row if "skip" reads %s', async (_what, skip) => {
    expect(await read([{ ...row, tags: [] }], { skip }).result).toHaveLength(1);
  });

  it.each([
    ['read while it comes', {}],
    ['in pages', { rows: 'reply', pages: { more: 'false' } }],
  ])('fails on a sentence in place of a delimited report, %s', async (_what, more) => {
    const report = (body: string) =>
      read(body, { read: { as: 'delimited' }, rows: undefined, ...more }).result;
    for (const sentence of ['Sistema em manutenção', '<html>\n<body>Erro</body>\n</html>'])
      expect(await errorOf(report(sentence))).toMatchObject({
        code: 'unreadable_response',
        message: expect.stringContaining('names none of the columns that are read (c, ddd, n, at'),
        vendor: { excerpt: sentence },
      });
    expect(await report('')).toEqual([]);
    expect(await report('\ufeff"n";"other"\r\n')).toEqual([]);
  });

  it('follows the next address of a Link header', async () => {
    const page = (n: number, link: string) => ({
      headers: { link },
      body: JSON.stringify({ data: [{ ...row, n: `4199999888${n}` }] }),
    });
    const next = `{{ header.link | match: '<([^>]+)>; *rel="?next' }}`;
    const request = { url: 'https://pbx.example/r' };
    const { context, result } = runFeature(
      'dialerResults',
      { dialerResults: { request, rows: 'reply.data', fields, pages: { next } } },
      [
        page(1, '</r?page=2>; rel="next", </r?page=2>; rel="last"'),
        page(2, '</r?page=1>; rel="prev", </r?page=3>; rel="next"'),
        page(3, '</r?page=2>; rel="prev"'),
      ],
    );
    expect(await result).toHaveLength(3);
    expect(context.sent.map(({ url }) => new URL(url).search)).toEqual(['', '?page=2', '?page=3']);
  });
});

it('a status pattern applies even if a more general pattern stands before it', async () => {
  const outcomes = {
    'HUC*': 'failed',
    '*': 'blocked',
    'HUC18*': 'no_answer',
    'huc18/*/x': 'busy',
    '20-29': 'abandoned',
    'H*': 'rejected',
  };
  const words = ['HUC1', 'HUC18', 'HUC18/3/x', '21', 'H', 'other'];
  const rows = words.map((s, index) => ({ ...row, id: `c-${index}`, s }));
  const outcomesOf = v.parse(
    v.array(v.object({ outcome: v.string() })),
    await read(rows, { outcomes }).result,
  );
  expect(outcomesOf.map(({ outcome }) => outcome)).toEqual([
    'failed',
    'no_answer',
    'busy',
    'abandoned',
    'rejected',
    'blocked',
  ]);
});

it('a status pattern applies only to words that match all of it', async () => {
  const outcomes = {
    'HUC*': 'failed',
    HUC1: 'no_answer',
    '8*8': 'blocked',
    'A*B*C': 'rejected',
    '18-21': 'abandoned',
  };
  const meanings = {
    HUC2: 'failed',
    HUC1: 'no_answer',
    '8': 'unknown',
    '88': 'blocked',
    AXC: 'unknown',
    AXBXC: 'rejected',
    '17': 'unknown',
    '18': 'abandoned',
    '21': 'abandoned',
    '22': 'unknown',
  };
  const words = Object.keys(meanings);
  const rows = words.map((s, index) => ({ ...row, id: `c-${index}`, s }));
  const attempts = v.parse(v.array(AttemptSchema), await read(rows, { outcomes }).result);
  const told = attempts.map(({ vendorStatus, outcome }) => [vendorStatus, outcome]);
  expect(Object.fromEntries(told)).toEqual(meanings);
});

it('a report is requested again after the Retry-After of the vendor, and after 10 seconds at most', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const request = { url: 'https://pbx.example/r' };
  const { context, result } = runFeature(
    'dialerResults',
    { dialerResults: { request, rows: 'reply.data', fields, outcomes: {} } },
    [
      { status: 503, headers: { 'Retry-After': '4' } },
      { status: 503, headers: { 'Retry-After': '7200' } },
      { body: JSON.stringify({ data: [row] }) },
    ],
  );
  const sentAfter = async (ms: number) => {
    await vi.advanceTimersByTimeAsync(ms);
    return context.sent.length;
  };
  expect(await sentAfter(3999)).toBe(1);
  expect(await sentAfter(1)).toBe(2);
  expect(await sentAfter(9999)).toBe(2);
  expect(await sentAfter(1)).toBe(3);
  expect(await result).toHaveLength(1);
});

it('a report that waits for its second try is given up as soon as the reader aborts', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { features } = createTemplateAdapter(
    v.parse(TemplateSettingsSchema, {
      dialerResults: {
        request: { url: 'https://pbx.example/r' },
        rows: 'reply.data',
        fields,
        outcomes: { BUSY: 'busy' },
      },
    }),
  );
  const leaving = new AbortController();
  const context = fakeContext({ status: 429, headers: { 'Retry-After': '10' } });
  const attempts = features.dialerResults?.read(
    {
      mailing: { mailingId: 'm-1', queue: '7', parameters: {}, captures: {} },
      period: { from: new Date(0), to: new Date() },
    },
    { ...context, signal: leaving.signal },
  );
  const failed = errorOf(Promise.resolve(attempts?.[Symbol.asyncIterator]().next()));
  await expect.poll(() => vi.getTimerCount()).toBe(1);
  leaving.abort();
  expect(vi.getTimerCount()).toBe(0);
  expect(await failed).toMatchObject({ code: 'rate_limited' });
  expect(context.sent).toHaveLength(1);
});

it('a polled report cannot have "otherwise: goOn", because an unfinished report would count as complete', () => {
  const repeat = { until: 'reply.done', atMost: 5, otherwise: 'goOn' };
  const request = { url: 'https://pbx.example/r' };
  expect(issuesOf({ dialerResults: { request, repeat, fields, outcomes: {} } })).toEqual([
    'dialerResults.repeat.otherwise: must be "fail": an unfinished report would count as a complete one',
  ]);
});

it('a polled report is read only once it is done', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const { context, result } = runFeature(
    'dialerResults',
    {
      dialerResults: {
        request: { url: 'https://pbx.example/r' },
        repeat: { until: 'reply.done', every: 1, atMost: 60 },
        rows: 'reply.data',
        fields,
        outcomes: {},
      },
    },
    [
      { body: JSON.stringify({ done: false, data: [row] }) },
      { body: JSON.stringify({ done: true, data: [row, { ...row, n: '41999998887' }] }) },
    ],
  );
  await vi.advanceTimersByTimeAsync(1000);
  expect(await result).toHaveLength(2);
  expect(context.sent).toHaveLength(2);
});

it('a delimited report with a column twice fails if that column is read, and is read otherwise', async () => {
  const twice = (name: string) =>
    read(`c;n;at;s;${name}\n1;41999998888;2026-11-24 09:00:00;BUSY;`, {
      read: { as: 'delimited' },
      rows: undefined,
    }).result;
  expect(await errorOf(twice('n'))).toMatchObject({
    code: 'unreadable_response',
    message: expect.stringContaining('has the column "n" twice'),
  });
  expect(await twice('other;other')).toHaveLength(1);
});

it('a report with more matches than the limit fails, instead of ending early', async () => {
  // On a busy machine, the search would otherwise exceed its time limit first.
  const clock = vi.spyOn(performance, 'now').mockReturnValue(0);
  onTestFinished(() => clock.mockRestore());
  const answer = read('x'.repeat(100_001), {
    read: { as: 'regex', all: true, pattern: '(?P<n>x)' },
    rows: undefined,
  });
  expect(await errorOf(answer.result)).toMatchObject({
    code: 'response_too_large',
    message: expect.stringContaining('more than 100000 times'),
  });
});

it('pages of a report are requested as long as they are full', async () => {
  const numbers = ['41999998881', '41999998882', '41999998883'].map((n) => ({ ...row, n }));
  const page = (data: unknown[]) => ({ body: JSON.stringify({ data }) });
  const readPages = (...replies: { readonly body: string }[]) =>
    runFeature(
      'dialerResults',
      {
        dialerResults: {
          request: { url: 'https://pbx.example/r', query: { p: '{{ page }}' } },
          rows: 'reply.data',
          fields,
          outcomes: {},
          pages: { size: 2 },
        },
      },
      replies,
    );
  const short = readPages(page(numbers.slice(0, 2)), page(numbers.slice(2)));
  expect(await short.result).toHaveLength(3);
  expect(short.context.sent).toHaveLength(2);
  // If the last page is just full, only the empty page after it shows the end.
  const even = readPages(page(numbers.slice(0, 2)), page([]));
  expect(await even.result).toHaveLength(2);
  expect(even.context.sent).toHaveLength(2);
});

describe('pages of a report that name the next page', () => {
  const at = (data: unknown[], next: string) => ({ body: JSON.stringify({ data, next }) });
  const paged = (pages: object, replies: readonly { readonly body: string }[]) =>
    runFeature(
      'dialerResults',
      {
        dialerResults: {
          request: { url: 'https://pbx.example/r', query: { c: '{{ cursor }}' } },
          rows: 'reply.data',
          fields,
          outcomes: {},
          pages,
        },
      },
      replies,
    );
  const byCursor = { cursor: '{{ reply.next }}' };

  it.each([
    ['cursor', byCursor, ['a', 'b']],
    ['next', { next: '{{ reply.next }}' }, ['/r?p=2', '/r?p=3']],
  ])(
    'go on after a page without rows that names another by %s',
    async (_, pages, [second = '', third = '']) => {
      const { context, result } = paged(pages, [at([row], second), at([], third), at([row], '')]);
      expect(await result).toHaveLength(2);
      expect(context.sent).toHaveLength(3);
    },
  );

  it.each([
    'https://other.example/r?p=2',
    '//other.example/r?p=2',
    'http://pbx.example/r?p=2',
    'https://pbx.example:8443/r?p=2',
    'https://pbx.example@other.example/r?p=2',
  ])('never lead to another origin, which would get the credentials: %s', async (elsewhere) => {
    const next = { next: '{{ reply.next }}' };
    const { context, result } = paged(next, [at([row], elsewhere), at([row], '')]);
    expect(await errorOf(result)).toMatchObject({ code: 'unreadable_response' });
    expect(context.sent).toHaveLength(1);
  });

  it('end at a page without rows that names itself', async () => {
    expect(await paged(byCursor, [at([row], 'a'), at([], 'a')]).result).toHaveLength(1);
  });

  it('fail after 20 pages in a row without rows', async () => {
    const pages = Array.from({ length: 30 }, (_, index) => at([], `c${index}`));
    const { context, result } = paged(byCursor, pages);
    expect(await errorOf(result)).toMatchObject({
      code: 'unreadable_response',
      message: expect.stringContaining('"more" of pages'),
    });
    expect(context.sent).toHaveLength(20);
  });

  it('fail if a cursor comes again, even with other rows', async () => {
    const rows = ['41999998881', '41999998882', '41999998883'].map((n) => ({ ...row, n }));
    const { context, result } = paged(byCursor, [
      at([rows[0]], 'a'),
      at([rows[1]], 'b'),
      at([rows[2]], 'a'),
    ]);
    expect(await errorOf(result)).toMatchObject({
      code: 'unreadable_response',
      message: expect.stringContaining('a cursor that it has given before'),
    });
    expect(context.sent).toHaveLength(3);
  });
});

describe('an answer that may be an error page', () => {
  const report = (body: string, more: object) =>
    runFeature(
      'dialerResults',
      {
        dialerResults: { request: { url: 'https://pbx.example/r' }, fields, outcomes: {}, ...more },
      },
      { body },
    ).result;
  const csv = { as: 'delimited' };
  const lines = { as: 'regex', all: true, pattern: '(?P<n>[0-9]{11}) (?P<at>[0-9-]{10})' };
  const records = { as: 'pairs', record: '^CALL' };

  it.each([
    ['a report that may be JSON or CSV', [{ as: 'json' }, csv]],
    ['matches', lines],
    ['records of pairs', records],
  ])('fails, instead of counting as an empty report, if read as %s', async (_, form) => {
    expect(await errorOf(report('System under maintenance', { read: form }))).toMatchObject({
      code: 'unreadable_response',
      feature: 'dialerResults',
    });
  });

  it('counts as an empty report if a rule says so', async () => {
    const outcome = [{ when: 'text contains "no calls"', is: 'ok_empty' }];
    expect(await report('There are no calls', { read: lines, outcome })).toEqual([]);
  });

  it.each([
    ['a report that has its columns alone', 'c;ddd;n;at;s\n'],
    ['an empty list', '[]'],
  ])('is distinguished from %s', async (_, body) => {
    expect(await report(body, { read: [{ as: 'json' }, csv] })).toEqual([]);
  });
});

describe('numbered pages of a report', () => {
  const readPages = (pages: object, bodies: readonly object[]) =>
    runFeature(
      'dialerResults',
      {
        dialerResults: {
          request: {
            url: 'https://pbx.example/calls',
            query: { page: '{{ page }}', offset: '{{ offset }}' },
          },
          rows: 'reply.data',
          fields: { number: '{{ row.n }}', at: '2026-11-24', status: 'x' },
          pages,
        },
      },
      bodies.map((body) => ({ body: JSON.stringify(body) })),
    );
  const rows = (...numbers: string[]) => ({ data: numbers.map((n) => ({ n })) });

  it.each([
    [{ size: 1, firstPage: 0 }, ['page=0&offset=0', 'page=1&offset=1', 'page=2&offset=2']],
    [{ size: 1 }, ['page=1&offset=0', 'page=2&offset=1', 'page=3&offset=2']],
    [{ more: 'page < 1', firstPage: 0 }, ['page=0&offset=0', 'page=1&offset=0']],
  ])('send page and offset, counted from firstPage and by size: %j', async (pages, queries) => {
    const replies = [rows('41999990001'), rows('41999990002'), rows()];
    const { context, result } = readPages(pages, replies);
    expect(await result).toHaveLength(2);
    expect(context.sent.map(({ url }) => new URL(url).search.slice(1))).toEqual(queries);
  });

  it('fail if the first page comes again, even if counted from 0', async () => {
    const replies = [rows('41999990001'), rows('41999990001')];
    const { result } = readPages({ size: 1, firstPage: 0 }, replies);
    await expect(result).rejects.toThrow('the same page again');
  });
});
