import * as v from 'valibot';
import type { ReportedAttempt } from '@finaz-telephony/core';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
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

/** As before the first fetch: a database of its own for each test, and each report, takes far longer. */
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

describe('the same attempt', () => {
  it('keeps the word that it had where a later report has none', async () => {
    await results.fetch([attempt({ vendorStatus: 'ANSWER', duration: 42 })]);
    await results.fetch([attempt({ vendorStatus: '' })]);
    expect(await results.all()).toMatchObject([{ outcome: 'answered', vendorStatus: 'ANSWER' }]);
  });

  it.each([[[0, 1, 2]], [[0, 2, 1]], [[1, 0, 2]], [[1, 2, 0]], [[2, 0, 1]], [[2, 1, 0]]])(
    'told by its legs is of the longest, in whichever order they come: %j',
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

  it('fetched twice is one', async () => {
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

  it('gets what the vendor tells later, and keeps what it leaves out', async () => {
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

  it('keeps the call that it was where a later report leaves that out: its recording is found by it', async () => {
    const { callId, ...bare } = attempt({ id: 'a-1' });
    await results.fetch([attempt({ id: 'a-1' })]);
    await results.fetch([{ ...bare, duration: 42 }]);
    expect(await results.all()).toMatchObject([{ callId, duration: 42 }]);
  });

  it('is found by its number no longer once the vendor names the same contact', async () => {
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
  ])(
    'gets what the vendor tells later, though it is nothing but its %s',
    async (_name, more, shown) => {
      await results.fetch([attempt({ id: 'a-1' })]);
      expect(await results.fetch([attempt({ id: 'a-1', ...more })])).toMatchObject({
        added: 0,
        changed: 1,
      });
      expect(await results.all()).toMatchObject([shown]);
    },
  );

  it.each([
    ['first', [40, 20]],
    ['last', [20, 40]],
  ])(
    'told by legs that stand far apart in the report is of the longest: %s',
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

  it('keeps the contact that the vendor itself has named, whether before or after a report without one', async () => {
    const bare = { ...attempt({ number: '999990002' }) };
    delete bare.contactId;
    const named = attempt({ number: '999990002', contactId: '7001' });
    for (const order of [
      [named, bare],
      [bare, named],
    ]) {
      for (const row of order) await results.fetch([row]);
      expect(await results.all()).toMatchObject([{ contactId: '7001', matchedBy: 'contact' }]);
    }
  });

  it('is another one than that which the same fetch tells of under less', async () => {
    await results.fetch([attempt(), attempt({ callId: 'c-2' })]);
    await results.fetch([attempt(), attempt({ id: 'a-1' }), attempt({ callId: 'c-2' })]);
    expect(await results.all()).toHaveLength(3);
  });

  it('is another one than that which the same fetch told of under less long before', async () => {
    const rows = [attempt(), attempt({ callId: 'c-2' })];
    await results.fetch(rows);
    const between = Array.from({ length: 1000 }, (_, place) =>
      attempt({ callId: `other-${place}`, contactId: '9999' }),
    );
    await results.fetch([attempt(), ...between, attempt({ id: 'a-1' })]);
    expect((await results.all()).map(({ callId }) => callId)).toEqual(['c-1', 'c-1', 'c-2']);
  });

  it('is told by the vendor’s id of it, though its time is corrected', async () => {
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
  ])('has not %s', async (_, more) => {
    await results.fetch([attempt(), attempt(more)]);
    expect(await results.all()).toHaveLength(2);
  });

  it.each(['NULL', 'c,{1}', 'c"1"', 'c\\1', ' ç ', "c'1"])(
    'is known again under an id with any sign in it: %j',
    async (callId) => {
      const rows = [attempt({ callId, extension: callId, contactId: '7001' }), attempt()];
      expect(await results.fetch(rows)).toMatchObject({ added: 2 });
      expect(await results.fetch(rows)).toMatchObject({ added: 0, changed: 0 });
      expect(await results.all()).toContainEqual(
        expect.objectContaining({ callId: callId.trim(), extension: callId.trim() }),
      );
    },
  );

  it('without any id is told by contact, number and second', async () => {
    const { callId, ...bare } = attempt();
    expect(callId).toBe('c-1');
    await results.fetch([
      bare,
      { ...bare, at: '2026-11-24T12:00:00.400Z' },
      { ...bare, number: '41999990001', areaCode: '' },
    ]);
    expect(await results.all()).toHaveLength(1);
  });

  it('is the same where only one of two reports has parts of a second', async () => {
    await results.fetch([attempt()]);
    await results.fetch([attempt({ at: '2026-11-24T12:00:00.900Z' })]);
    expect(await results.all()).toHaveLength(1);
  });

  it('is the same where the vendor tells only later who it was for, which call, and its id', async () => {
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

  it('is the same where the vendor tells more of it behind attempts that are new', async () => {
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
    'is another one where one report tells of both, the one without a call id %s',
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

  it('is another one than that of another call at its side: each is taken for the one that it was', async () => {
    const { callId, ...bare } = attempt();
    await results.fetch([attempt(), bare]);
    // Neither that which is known by its own key, nor one that has just become known, has a claim to what the other one was before.
    for (const rows of [[attempt(), attempt({ callId: 'c-2' })], [attempt({ id: 'a-1' })]]) {
      await results.fetch(rows);
      const stored = await results.all();
      expect(stored).toHaveLength(2);
      expect(new Set(stored.map((row) => row.callId))).toEqual(new Set([callId, 'c-2']));
      expect(await results.summary()).toMatchObject({ attempts: 2 });
    }
  });

  it('is the same where another one has become known by the key that it had', async () => {
    const { callId, ...bare } = attempt();
    await results.fetch([attempt(), bare]);
    await results.fetch([attempt({ id: 'a-1' }), attempt()]);
    expect((await results.all()).map((row) => row.callId)).toEqual([callId, callId]);
    expect(await results.summary()).toMatchObject({ attempts: 2 });
  });

  it('is the same in any order, in any cut, with any overlap', async () => {
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
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1, maxLength: 12 }),
        fc.infiniteStream(fc.nat()),
        async (rows, random) => {
          const report = rows.map(({ duration, ...more }) =>
            attempt({ ...more, ...(duration !== undefined && { duration }) }),
          );
          const shuffled = report
            .map((value) => ({ value, order: random.next().value ?? 0 }))
            .toSorted((left, right) => left.order - right.order)
            .map(({ value }) => value);
          await Promise.all([one, other].map(forget));
          await one.fetch(report);
          await other.fetch(shuffled);
          const stored = await one.all();
          expect(await other.all()).toEqual(stored);
          // Again, with every row doubled, as windows that overlap would.
          await one.fetch([...shuffled, ...report]);
          expect(await one.all()).toEqual(stored);
          expect((await one.summary()).attempts).toBe(stored.length);
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('whose attempt it is', () => {
  it('keeps those of strangers apart, and counts them', async () => {
    await results.fetch([attempt(), attempt({ contactId: '9999', callId: 'c-5' })]);
    expect(await results.all()).toHaveLength(1);
    expect(await results.all(true)).toMatchObject([{ contactId: '9999', matchedBy: 'none' }]);
    expect(await results.summary()).toMatchObject({ attempts: 1, foreign: 1 });
  });

  it('leaves out what was dialed before and after it, of which a report of whole days tells too', async () => {
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

  it('finds the contact by a number that only one has, and says so', async () => {
    const { contactId, ...bare } = attempt();
    expect(contactId).toBe('7001');
    await results.fetch([bare, { ...bare, callId: 'c-2', number: '999990009' }]);
    expect(await results.all()).toMatchObject([{ contactId: '7001', matchedBy: 'number' }]);
    // Two contacts share it: nobody knows whose call that was.
    expect(await results.all(true)).toMatchObject([{ contactId: null, number: '999990009' }]);
    expect(await results.summary()).toMatchObject({ attempts: 1, matchedByNumber: 1, foreign: 1 });
  });
});

describe('what the vendor says', () => {
  it('is kept in its own words, counted where it has no mapping, and mapped anew when the map changes', async () => {
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

  it('stops at more statuses than any vendor has, and says which field to look at', async () => {
    const rows = Array.from({ length: 2500 }, (_, index) =>
      attempt({ callId: `c-${index}`, vendorStatus: `id-${index}` }),
    );
    await expect(results.fetch(rows)).rejects.toMatchObject({
      code: 'invalid_config',
      hint: expect.stringContaining('dialerResults.fields.status'),
    });
  });

  it('is read past rows that cannot be used, which are counted with their reasons', async () => {
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
    // A number that no telephone has is kept as it was reported.
    expect((await results.all()).map((row) => row.number).toSorted()).toEqual([
      '4133',
      '999990001',
    ]);
  });

  it('is read past what is no attempt, of an adapter without types', async () => {
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

  it('holds nobody up with rows that are not kept', async () => {
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

  it('does not break the store', async () => {
    await results.fetch([
      attempt({ vendorStatus: 'A\u0000B', callId: 'c\u00001', number: '9'.repeat(40) }),
    ]);
    expect(await results.all()).toMatchObject([{ vendorStatus: 'A B', callId: 'c 1' }]);
  });
});
