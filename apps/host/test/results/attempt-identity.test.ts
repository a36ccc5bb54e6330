import * as v from 'valibot';
import type { ReportedAttempt } from '@finaz-telephony/core';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { chunkSize } from '../../src/results/read-results.ts';
import { openResults } from '../support/open-results.ts';

let results: Awaited<ReturnType<typeof openResults>>;
beforeAll(async () => {
  results = await openResults({
    '7001': ['+5541999990001'],
    '7002': ['+5541999990002', '+5541999990009'],
    '7003': ['+5541999990003', '+5541999990009'],
  });
});
afterAll(() => results.close());
beforeEach(async () => {
  await forget(results);
  results.setOutcomes({ ANSWER: 'answered', BUSY: 'busy' });
});

/** Empties the tables, which is far faster than a new database for each test and each report. */
async function forget({ store: { db } }: typeof results): Promise<void> {
  for (const table of ['attempts', 'attempt_counts', 'vendor_statuses', 'mailing_results'] as const)
    await db.deleteFrom(table).execute();
}

const at = '2026-11-24T12:00:00.000Z';
const attempt = (more: Partial<ReportedAttempt> = {}): ReportedAttempt => ({
  contactId: '7001',
  areaCode: '41',
  number: '999990001',
  at,
  outcome: 'unknown',
  vendorStatus: 'BUSY',
  callId: 'c-1',
  ...more,
});

describe('an attempt reported several times', () => {
  it('keeps its status if a later report has none', async () => {
    await results.fetch([attempt({ vendorStatus: 'ANSWER', duration: 42 })]);
    await results.fetch([attempt({ vendorStatus: '' })]);
    expect(await results.all()).toMatchObject([{ outcome: 'answered', vendorStatus: 'ANSWER' }]);
  });

  it.each([[[0, 1, 2]], [[0, 2, 1]], [[1, 0, 2]], [[1, 2, 0]], [[2, 0, 1]], [[2, 1, 0]]])(
    'takes over its longest leg, filled in from the next longest, in whichever order the legs come: %j',
    async (order) => {
      const legs = [
        attempt({ vendorStatus: 'ANSWER', duration: 40 }),
        attempt({ vendorStatus: 'ANSWER', duration: 30, extension: '1001' }),
        attempt({ vendorStatus: 'ANSWER', duration: 20, extension: '1002' }),
      ];
      await results.fetch(order.flatMap((leg) => legs[leg] ?? []));
      expect(await results.all()).toMatchObject([{ duration: 40, extension: '1001' }]);
    },
  );

  it('is stored once when the same report is fetched twice', async () => {
    const rows = [attempt(), attempt({ callId: 'c-2', vendorStatus: 'ANSWER', duration: 42 })];
    expect(await results.fetch(rows)).toMatchObject({ read: 2, added: 2, changed: 0 });
    const first = await results.all();
    expect(await results.fetch(rows)).toMatchObject({ read: 2, added: 0, changed: 0 });
    expect(await results.all()).toEqual(first);
    expect(first).toEqual(
      [
        {
          contactId: '7001',
          matchedBy: 'contact',
          areaCode: '41',
          number: '999990001',
          at,
          outcome: 'answered',
          vendorStatus: 'ANSWER',
          callId: 'c-2',
          duration: 42,
        },
        expect.objectContaining({ callId: 'c-1', outcome: 'busy' }),
      ].toSorted((left, right) => JSON.stringify(left).localeCompare(JSON.stringify(right))),
    );
  });

  it('is updated by a later report, and keeps what a still later report leaves out', async () => {
    await results.fetch([attempt({ vendorStatus: 'RINGING' })]);
    expect(
      await results.fetch([attempt({ vendorStatus: 'ANSWER', duration: 42, extension: '1001' })]),
    ).toMatchObject({ added: 0, changed: 1 });
    await results.fetch([attempt({ vendorStatus: 'ANSWER' })]);
    expect(await results.all()).toMatchObject([
      { vendorStatus: 'ANSWER', duration: 42, extension: '1001' },
    ]);
    expect(await results.summary()).toMatchObject({ attempts: 1, outcomes: { answered: 1 } });
  });

  it('keeps its call id if a later report leaves it out, because its recording is found by the call id', async () => {
    const { callId, ...bare } = attempt({ id: 'a-1' });
    await results.fetch([attempt({ id: 'a-1' })]);
    await results.fetch([{ ...bare, duration: 42 }]);
    expect(await results.all()).toMatchObject([{ callId, duration: 42 }]);
  });

  it('counts as matched by contact, no longer by number, once the vendor names the same contact', async () => {
    const { contactId, ...bare } = attempt({ id: 'a-1' });
    await results.fetch([bare]);
    expect(await results.summary()).toMatchObject({ attempts: 1, matchedByNumber: 1 });
    await results.fetch([attempt({ id: 'a-1' })]);
    expect(await results.all()).toMatchObject([{ contactId, matchedBy: 'contact' }]);
    expect(await results.summary()).toMatchObject({ attempts: 1, matchedByNumber: 0 });
  });

  it.each<[string, Partial<ReportedAttempt>, object]>([
    ['duration', { duration: 42 }, { duration: 42 }],
    ['extension', { extension: '1001' }, { extension: '1001' }],
    ['call id', { callId: 'c-2' }, { callId: 'c-2' }],
    ['contact', { contactId: '7002' }, { contactId: '7002' }],
    ['moment', { at: '2026-11-24T12:00:07.000Z' }, { at: '2026-11-24T12:00:07.000Z' }],
  ])('is updated by a later report that differs only in its %s', async (_name, more, shown) => {
    await results.fetch([attempt({ id: 'a-1' })]);
    expect(await results.fetch([attempt({ id: 'a-1', ...more })])).toMatchObject({
      added: 0,
      changed: 1,
    });
    expect(await results.all()).toMatchObject([shown]);
  });

  it.each([
    ['first', [40, 20]],
    ['last', [20, 40]],
  ])(
    'takes over its longest leg if a thousand rows lie between the legs, and the longest comes %s',
    async (_, durations) => {
      const [first, second] = durations.map((duration) =>
        attempt({ duration, vendorStatus: duration === 40 ? 'ANSWER' : 'BUSY' }),
      );
      const between = Array.from({ length: 1000 }, (_other, place) =>
        attempt({ callId: `other-${place}`, contactId: '9999' }),
      );
      if (!first || !second) throw new Error('there are two legs');
      // New to the first fetch, and known to the second.
      for (let count = 1; count <= 2; count += 1) {
        await results.fetch([first, ...between, second]);
        expect(await results.all()).toMatchObject([{ duration: 40, vendorStatus: 'ANSWER' }]);
      }
    },
  );

  it.each([
    ['first', true],
    ['second', false],
  ])(
    'has the contact that the vendor names if only the %s of two reports names one, whosever the number is',
    async (_, isNamedFirst) => {
      const named = attempt({ number: '999990002', contactId: '7001' });
      const { contactId, ...bare } = named;
      for (const row of isNamedFirst ? [named, bare] : [bare, named]) await results.fetch([row]);
      expect(await results.all()).toMatchObject([{ contactId, matchedBy: 'contact' }]);
    },
  );

  it('does not become an attempt with a vendor id if the same fetch still reports it without that id', async () => {
    await results.fetch([attempt(), attempt({ callId: 'c-2' })]);
    await results.fetch([attempt(), attempt({ id: 'a-1' }), attempt({ callId: 'c-2' })]);
    expect(await results.all()).toHaveLength(3);
  });

  it('does not become an attempt with a vendor id if the same fetch reported it without that id a thousand rows before', async () => {
    const rows = [attempt(), attempt({ callId: 'c-2' })];
    await results.fetch(rows);
    const between = Array.from({ length: 1000 }, (_, place) =>
      attempt({ callId: `other-${place}`, contactId: '9999' }),
    );
    await results.fetch([attempt(), ...between, attempt({ id: 'a-1' })]);
    expect((await results.all()).map(({ callId }) => callId)).toEqual(['c-1', 'c-1', 'c-2']);
  });

  it('is recognised by its vendor id even if its time is corrected', async () => {
    await results.fetch([attempt({ id: 'a-1' }), attempt({ id: 'a-2' })]);
    await results.fetch([attempt({ id: 'a-1', at: '2026-11-24T15:00:00.000Z' })]);
    expect((await results.all()).map((row) => row.at).toSorted()).toEqual([
      at,
      '2026-11-24T15:00:00.000Z',
    ]);
  });

  it.each([
    ['another number', { number: '999990007' }],
    ['another second', { at: '2026-11-24T12:00:01.000Z' }],
    ['another call', { callId: 'c-9' }],
  ])('is not recognised in a row with %s', async (_, more) => {
    await results.fetch([attempt(), attempt(more)]);
    expect(await results.all()).toHaveLength(2);
  });

  it.each(['NULL', 'c,{1}', 'c"1"', 'c\\1', ' ç ', "c'1"])(
    'is recognised by a call id with special characters: %j',
    async (callId) => {
      const rows = [attempt({ callId, extension: callId, contactId: '7001' }), attempt()];
      expect(await results.fetch(rows)).toMatchObject({ added: 2 });
      expect(await results.fetch(rows)).toMatchObject({ added: 0, changed: 0 });
      expect(await results.all()).toContainEqual(
        expect.objectContaining({ callId: callId.trim(), extension: callId.trim() }),
      );
    },
  );

  it('is recognised by contact, number and second if the vendor gives no id', async () => {
    const { callId, ...bare } = attempt();
    expect(callId).toBe('c-1');
    await results.fetch([
      bare,
      { ...bare, at: '2026-11-24T12:00:00.400Z' },
      { ...bare, number: '41999990001', areaCode: '' },
    ]);
    expect(await results.all()).toHaveLength(1);
  });

  it('is recognised if only one of two reports has fractions of a second', async () => {
    await results.fetch([attempt()]);
    await results.fetch([attempt({ at: '2026-11-24T12:00:00.900Z' })]);
    expect(await results.all()).toHaveLength(1);
  });

  it('is recognised when the vendor later adds its contact, then its call id, then a vendor id', async () => {
    const { callId, contactId, ...bare } = attempt();
    await results.fetch([bare]);
    await results.fetch([{ ...bare, contactId: String(contactId) }]);
    await results.fetch([attempt()]);
    expect(await results.fetch([attempt({ id: 'a-1' })])).toMatchObject({ added: 0 });
    expect(await results.all()).toMatchObject([{ contactId, callId }]);
    expect(await results.summary()).toMatchObject({ attempts: 1, outcomes: { busy: 1 } });
    await results.fetch([attempt({ id: 'a-1', at: '2026-11-24T15:00:00.000Z' })]);
    expect(await results.all()).toHaveLength(1);
  });

  it('is recognised by a call id that the vendor adds later, even in a row behind new attempts', async () => {
    const { callId, ...bare } = attempt();
    await results.fetch([bare]);
    const other = (id: string) => attempt({ callId: id, number: '999990002' });
    await results.fetch([other('c-2'), other('c-3'), attempt()]);
    expect((await results.all()).map((row) => row.callId)).toEqual([callId, 'c-2', 'c-3']);
  });

  it.each([
    ['first', (bare: ReportedAttempt) => [bare, attempt()]],
    ['last', (bare: ReportedAttempt) => [attempt(), bare]],
  ])(
    'stays apart from an attempt with a call id if the same report has both, and the row without a call id comes %s',
    async (_, rows) => {
      const { callId, ...bare } = attempt();
      await results.fetch([bare]);
      await results.fetch(rows(bare));
      await results.fetch(rows(bare));
      const stored = await results.all();
      expect(new Set(stored.map((row) => row.callId))).toEqual(new Set([callId, undefined]));
      expect(stored).toHaveLength(2);
      expect(await results.summary()).toMatchObject({ attempts: 2 });
    },
  );

  it('is recognised next to another one of the same second when a call id or a vendor id is added to one of them', async () => {
    const { callId, ...bare } = attempt();
    await results.fetch([attempt(), bare]);
    // An attempt that is recognised by its own key, or has just been recognised by an earlier key, must not take over the other stored attempt as well.
    for (const rows of [[attempt(), attempt({ callId: 'c-2' })], [attempt({ id: 'a-1' })]]) {
      await results.fetch(rows);
      const stored = await results.all();
      expect(stored).toHaveLength(2);
      expect(new Set(stored.map((row) => row.callId))).toEqual(new Set([callId, 'c-2']));
      expect(await results.summary()).toMatchObject({ attempts: 2 });
    }
  });

  it('is recognised next to another one of the same second when one row adds a vendor id and another row a call id', async () => {
    const { callId, ...bare } = attempt();
    await results.fetch([attempt(), bare]);
    await results.fetch([attempt({ id: 'a-1' }), attempt()]);
    expect((await results.all()).map((row) => row.callId)).toEqual([callId, callId]);
    expect(await results.summary()).toMatchObject({ attempts: 2 });
  });

  it('keeps its status when a long report comes again: a duration that only a later row tells does not speak for an earlier row', async () => {
    const between = Array.from({ length: chunkSize }, () =>
      attempt({ callId: 'other', contactId: '9999' }),
    );
    const report = [
      attempt({ vendorStatus: 'BUSY' }),
      ...between,
      attempt({ vendorStatus: 'ANSWER', duration: 0 }),
    ];
    const statusOf = async () =>
      (await results.all()).find(({ contactId }) => contactId === '7001')?.vendorStatus;
    await results.fetch(report);
    expect(await statusOf()).toBe('ANSWER');
    await results.fetch(report);
    expect(await statusOf()).toBe('ANSWER');
  });

  it('takes a status that a later row tells rather than one of an earlier fetch', async () => {
    const between = Array.from({ length: chunkSize }, () =>
      attempt({ callId: 'other', contactId: '9999' }),
    );
    await results.fetch([attempt({ vendorStatus: 'RINGING', duration: 5 })]);
    await results.fetch([
      attempt({ vendorStatus: '', duration: 5 }),
      ...between,
      attempt({ vendorStatus: 'BUSY', duration: 3 }),
    ]);
    const stored = (await results.all()).find(({ contactId }) => contactId === '7001');
    expect(stored).toMatchObject({ vendorStatus: 'BUSY', duration: 5 });
  });

  it('is stored with the same values whatever the order of the rows, wherever a chunk ends among them, and if every row comes again', async () => {
    const one = await openResults({ '7001': [] });
    onTestFinished(() => one.close());
    const other = await openResults({ '7001': [] });
    onTestFinished(() => other.close());
    const statuses = ['BUSY', 'ANSWER', 'RINGING'];
    const row = fc.record({
      callId: fc.constantFrom('c-1', 'c-2', 'c-3'),
      number: fc.constantFrom('999990001', '999990002'),
      vendorStatus: fc.constantFrom(...statuses),
      duration: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
    });
    // Of nobody in the mailing, and as many as a chunk holds: the rows before and behind them are stored by different chunks.
    const between = Array.from({ length: chunkSize }, () =>
      attempt({ callId: 'other', contactId: '9999' }),
    );
    const cutAt = (place: number, rows: readonly ReportedAttempt[]) =>
      rows.toSpliced(place % (rows.length + 1), 0, ...between);
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 12 }),
        fc.infiniteStream(fc.nat()),
        fc.tuple(fc.nat(12), fc.nat(12), fc.nat(24)),
        async (rows, random, [place, otherPlace, placeAgain]) => {
          const report = rows.map(({ duration, ...more }) =>
            attempt({ ...more, ...(duration !== undefined && { duration }) }),
          );
          const shuffled = report
            .map((value) => ({ value, order: random.next().value ?? 0 }))
            .toSorted((left, right) => left.order - right.order)
            .map(({ value }) => value);
          await Promise.all([one, other].map(forget));
          await one.fetch(cutAt(place, report));
          await other.fetch(cutAt(otherPlace, shuffled));
          const stored = await one.all();
          expect(await other.all()).toEqual(stored);
          // Every row again, twice, as fetches of overlapping periods report them.
          await one.fetch(cutAt(placeAgain, [...shuffled, ...report]));
          expect(await one.all()).toEqual(stored);
          expect((await one.summary()).attempts).toBe(stored.length);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('the contact of an attempt', () => {
  it('may be unknown to the mailing: such attempts are listed and counted apart', async () => {
    await results.fetch([attempt(), attempt({ contactId: '9999', callId: 'c-5' })]);
    expect(await results.all()).toHaveLength(1);
    expect(await results.all(true)).toMatchObject([{ contactId: '9999', matchedBy: 'none' }]);
    expect(await results.summary()).toMatchObject({ attempts: 1, foreign: 1 });
  });

  it('is not looked for outside the period of the mailing: such attempts are left out and counted', async () => {
    const when = (time: string) => attempt({ at: `2026-11-24T${time}.000Z`, callId: time });
    const morning = {
      from: new Date('2026-11-24T11:00:00Z'),
      until: new Date('2026-11-24T15:00:00Z'),
    };
    const rows = [when('09:00:00'), when('12:00:00'), when('14:59:59'), when('16:00:00')];
    expect(await results.fetch(rows, morning)).toMatchObject({ read: 4, added: 2, outside: 2 });
    expect(await results.summary()).toMatchObject({ attempts: 2, foreign: 0, outsidePeriod: 2 });
    expect((await results.all()).map(({ callId }) => callId)).toEqual(['12:00:00', '14:59:59']);
  });

  it('is found by a number that only one contact of the mailing has, and marked as found that way', async () => {
    const { contactId, ...bare } = attempt();
    expect(contactId).toBe('7001');
    await results.fetch([bare, { ...bare, callId: 'c-2', number: '999990009' }]);
    expect(await results.all()).toMatchObject([{ contactId: '7001', matchedBy: 'number' }]);
    // Two contacts share the number, so nobody knows whose call this was.
    expect(await results.all(true)).toMatchObject([{ contactId: null, number: '999990009' }]);
    expect(await results.summary()).toMatchObject({ attempts: 1, matchedByNumber: 1, foreign: 1 });
  });
});

describe('the report of a vendor', () => {
  it('keeps its status words, counts those without a mapping, and is mapped anew when the status map changes', async () => {
    await results.fetch([attempt(), attempt({ callId: 'c-2', vendorStatus: 'CAIXA' })]);
    expect(await results.summary()).toMatchObject({
      outcomes: { busy: 1, unknown: 1 },
      unmapped: 1,
    });
    results.setOutcomes({ BUSY: 'no_answer', CAIXA: 'voicemail' });
    expect(await results.summary()).toMatchObject({
      outcomes: { no_answer: 1, voicemail: 1 },
      unmapped: 0,
    });
    expect(
      (await results.all()).map((row) => `${row.vendorStatus} ${row.outcome}`).toSorted(),
    ).toEqual(['BUSY no_answer', 'CAIXA voicemail']);
  });

  it('is refused if it has thousands of different statuses, with a hint that names the status field', async () => {
    const rows = Array.from({ length: 2500 }, (_, index) =>
      attempt({ callId: `c-${index}`, vendorStatus: `id-${index}` }),
    );
    await expect(results.fetch(rows)).rejects.toMatchObject({
      code: 'invalid_config',
      hint: expect.stringContaining('dialerResults.fields.status'),
    });
  });

  it('is read past rows that cannot be used, which are counted and listed by position', async () => {
    const told = await results.fetch([
      attempt(),
      { position: 2, reason: 'the date "32/13/2026" cannot be read' },
      attempt({ callId: 'c-3', at: 'ontem' }),
      attempt({ callId: 'c-4', number: '', areaCode: '' }),
      attempt({ callId: 'c-5', number: '4133' }),
    ]);
    expect(told).toMatchObject({ read: 5, added: 2, unreadable: 3 });
    expect(told.unreadableSample.map(({ position }) => position)).toEqual([2, 3, 4]);
    expect(await results.summary()).toMatchObject({ attempts: 2, unreadable: 3 });
    // A number that cannot exist is stored as it was reported.
    expect((await results.all()).map((row) => row.number).toSorted()).toEqual([
      '4133',
      '999990001',
    ]);
  });

  it('is read past values of a wrong type from an adapter without types, each with a reason', async () => {
    const untyped = v.custom<ReportedAttempt>(() => true);
    const told = await results.fetch([
      ...[
        {},
        { ...attempt(), number: 999990001 },
        { ...attempt(), at: new Date(at) },
        { ...attempt(), vendorStatus: undefined },
        { ...attempt(), contactId: 7001 },
        { ...attempt(), callId: null },
        { ...attempt(), duration: Number.NaN },
        { ...attempt(), duration: '12' },
      ].map((given) => v.parse(untyped, given)),
      attempt({ callId: 'c-9' }),
    ]);
    expect(told).toMatchObject({ read: 9, added: 1, unreadable: 8 });
    expect(told.unreadableSample.map(({ reason }) => reason)).toEqual([
      'the adapter gave a value for areaCode that is not text',
      'the adapter gave a value for number that is not text',
      'the adapter gave a value for at that is not text',
      'the adapter gave a value for vendorStatus that is not text',
      'the adapter gave a value for contactId that is not text',
      'the adapter gave a value for callId that is not text',
      'the adapter gave a duration that is not a number',
      'the adapter gave a duration that is not a number',
    ]);
  });

  it('does not block the event loop with rows that are not stored', async () => {
    let turns = 0;
    let next = setImmediate(function count() {
      turns += 1;
      next = setImmediate(count);
    });
    const turnsAt: number[] = [];
    const marked = {
      ...attempt(),
      get at() {
        turnsAt.push(turns);
        return 'ontem';
      },
    };
    const rows = Array.from({ length: 20_000 }, () => attempt({ at: 'ontem' }));
    await results.fetch([marked, ...rows, marked]);
    clearImmediate(next);
    expect((turnsAt.at(-1) ?? 0) - (turnsAt[0] ?? 0)).toBeGreaterThanOrEqual(20);
  });

  it('may contain NUL characters, which are replaced by spaces, and a number of 40 digits', async () => {
    await results.fetch([
      attempt({ vendorStatus: 'A\u0000B', callId: 'c\u00001', number: '9'.repeat(40) }),
    ]);
    expect(await results.all()).toMatchObject([{ vendorStatus: 'A B', callId: 'c 1' }]);
  });
});
