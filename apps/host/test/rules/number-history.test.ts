import { expect, test } from 'vitest';
import { createCallStore } from '../../src/calls/call-store.ts';
import { createDoNotCallStore } from '../../src/rules/do-not-call-store.ts';
import { createNumberHistory } from '../../src/rules/number-history.ts';
import { openNumberScreen } from '../../src/rules/number-screen.ts';
import { newCall } from '../support/new-call.ts';
import { openResults } from '../support/open-results.ts';
import { attemptRow } from '../support/rows.ts';
import { meanwhile } from '../support/meanwhile.ts';
import { turnsDuring } from '../support/turns.ts';

const now = Date.UTC(2026, 10, 24, 15);
const hashOf = (seq: number) => String(seq).padStart(13, '0');

/** The dialer of the mailing has called a number of its own at each of these moments, the last of them now. */
async function dial(
  { store, tenant, fetches }: Awaited<ReturnType<typeof openResults>>,
  moments: readonly number[],
): Promise<void> {
  await fetches.request(
    { id: 'm-1', ref: 1, tenantId: tenant.id, connection: 'dialer' },
    { isFinal: false },
  );
  const rows = moments.map((at, index) => attemptRow(1, index + 1, at));
  for (let start = 0; start < rows.length; start += 500)
    await store.db
      .insertInto('attempts')
      .values(rows.slice(start, start + 500))
      .execute();
  await store.db
    .updateTable('mailing_results')
    .set({ last_seq: rows.length, latest_at: now })
    .execute();
}

test('calls are counted once, also where the store was away in the middle of the count', async () => {
  const opened = await openResults();
  const { store, tenant, statuses, close } = opened;
  const total = 4500;
  try {
    const moments = Array.from({ length: total }, () => now);
    await dial(opened, moments);
    const away = meanwhile(
      store,
      'attempts',
      () => Promise.reject(new Error('the store is away')),
      2,
    );
    const history = createNumberHistory(away, statuses, () => now);
    await expect(history.dialedToday(tenant)).rejects.toThrow('the store is away');
    const tally = await history.dialedToday(tenant);
    expect([1, 2001, total].map((seq) => tally.count(hashOf(seq)))).toEqual([1, 1, 1]);
    // Of millions, the calls of all companies would wait until they are counted.
    const again = createNumberHistory(store, statuses, () => now);
    expect(await turnsDuring(() => again.dialedToday(tenant))).toBeGreaterThanOrEqual(2);
  } finally {
    await close();
  }
});

test("today's calls count where the dialer reports those of yesterday after them", async () => {
  const opened = await openResults();
  const { store, tenant, statuses, close } = opened;
  try {
    for (const at of [now, now - 86_400_000])
      await opened.fetch([
        {
          areaCode: '41',
          number: '999990001',
          at: new Date(at).toISOString(),
          outcome: 'busy',
          vendorStatus: 'BUSY',
        },
      ]);
    const tally = await createNumberHistory(store, statuses, () => now).dialedToday(tenant);
    expect(tally.count(tenant.cipher.hash('+5541999990001'))).toBe(1);
  } finally {
    await close();
  }
});

test('a day that ends in the middle of a mailing ends its count', async () => {
  const opened = await openResults();
  const { store, tenant, statuses, close } = opened;
  let at = now;
  try {
    await dial(opened, [now]);
    const screen = await openNumberScreen(
      {
        history: createNumberHistory(store, statuses, () => at),
        doNotCall: createDoNotCallStore(store, () => at),
      },
      { ...tenant, rules: { attemptsPerDay: 1 } },
    );
    expect(await screen.check([hashOf(1), hashOf(2)])).toMatchObject([
      { reason: 'attempts_per_day' },
      undefined,
    ]);
    at += 86_400_000;
    expect(await screen.check([hashOf(1)])).toEqual([undefined]);
  } finally {
    await close();
  }
});

test('what was read yesterday is not read again today, and counts today where the clock of the dialer is ahead', async () => {
  const opened = await openResults();
  const { store, tenant, statuses, close } = opened;
  const day = 86_400_000;
  let at = now - day;
  try {
    await dial(opened, [...Array.from({ length: 6000 }, () => at), now]);
    const readOnce = meanwhile(
      store,
      'attempts',
      () => Promise.reject(new Error('it is read again')),
      5,
    );
    const history = createNumberHistory(readOnce, statuses, () => at);
    const counts = async () => {
      const tally = await history.dialedToday(tenant);
      return [1, 6000, 6001].map((seq) => tally.count(hashOf(seq)));
    };
    expect(await counts()).toEqual([1, 1, 0]);
    at = now;
    expect(await counts()).toEqual([0, 0, 1]);
  } finally {
    await close();
  }
});

test("yesterday's calls count for nothing today, of a dialer that goes on with the mailing as of operators", async () => {
  const opened = await openResults();
  const { store, tenant, statuses, close } = opened;
  const yesterday = now - 86_400_000;
  let at = yesterday;
  try {
    await dial(opened, [yesterday, now]);
    const calls = createCallStore(store, 'this', () => at);
    await calls.begin(newCall(tenant, { attemptId: 'a-1', numberHash: hashOf(3) }));
    at = now;
    await calls.begin(newCall(tenant, { attemptId: 'a-2', numberHash: hashOf(4) }));
    const screen = await openNumberScreen(
      {
        history: createNumberHistory(store, statuses, () => at),
        doNotCall: createDoNotCallStore(store, () => at),
      },
      { ...tenant, rules: { attemptsPerDay: 1 } },
    );
    const verdicts = await screen.check([1, 2, 3, 4].map(hashOf));
    expect(verdicts.map((verdict) => verdict?.reason)).toEqual([
      undefined,
      'attempts_per_day',
      undefined,
      'attempts_per_day',
    ]);
  } finally {
    await close();
  }
});

test('calls are counted once where several look at the same time, also behind one for which the store was away', async () => {
  const opened = await openResults();
  const { store, tenant, statuses, close } = opened;
  try {
    await dial(
      opened,
      Array.from({ length: 4500 }, () => now),
    );
    const away = meanwhile(
      store,
      'attempts',
      () => Promise.reject(new Error('the store is away')),
      2,
    );
    const history = createNumberHistory(away, statuses, () => now);
    const looks = await Promise.allSettled([1, 2, 3].map(() => history.dialedToday(tenant)));
    expect(looks.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    const tally = await history.dialedToday(tenant);
    expect([1, 2001, 4500].map((seq) => tally.count(hashOf(seq)))).toEqual([1, 1, 1]);
  } finally {
    await close();
  }
});

test('the calls of two mailings are counted for each once', async () => {
  const opened = await openResults();
  const { store, tenant, statuses, fetches, close } = opened;
  try {
    await dial(opened, [now, now]);
    await fetches.request(
      { id: 'm-2', ref: 2, tenantId: tenant.id, connection: 'dialer' },
      { isFinal: false },
    );
    await store.db
      .insertInto('attempts')
      .values([attemptRow(2, 1, now), attemptRow(2, 3, now)])
      .execute();
    await store.db
      .updateTable('mailing_results')
      .set({ last_seq: 3, latest_at: now })
      .where('ref', '=', 2)
      .execute();
    const tally = await createNumberHistory(store, statuses, () => now).dialedToday(tenant);
    expect([1, 2, 3].map((seq) => tally.count(hashOf(seq)))).toEqual([2, 1, 1]);
  } finally {
    await close();
  }
});

test('calls of operators are counted for each of very many numbers, and transfers are none', async () => {
  const { store, tenant, statuses, close } = await openResults();
  try {
    const calls = createCallStore(store, 'this', () => now);
    const asked = Array.from({ length: 1001 }, (_, index) => hashOf(index));
    const placed = [0, 500, 1000].map(hashOf);
    for (const numberHash of placed)
      await calls.begin(newCall(tenant, { attemptId: numberHash, numberHash }));
    await calls.begin(
      newCall(tenant, { attemptId: 'a-9', feature: 'transfer', numberHash: hashOf(1) }),
    );
    const called = await createNumberHistory(store, statuses, () => now).calledToday(tenant, asked);
    expect(asked.filter((hash) => called(hash) > 0)).toEqual(placed);
  } finally {
    await close();
  }
});

test('a number is worked by an outcome that counts, within its time', async () => {
  const opened = await openResults();
  const { store, tenant, statuses, setOutcomes, close } = opened;
  const hour = 3_600_000;
  try {
    setOutcomes({ ANSWER: 'answered', BUSY: 'busy' });
    const { idsOf } = await statuses.recorder(tenant, 'dialer');
    expect(await idsOf(['ANSWER', 'BUSY'])).toEqual([1, 2]);
    await dial(opened, [now - 3 * hour, now - hour, now]);
    await store.db.updateTable('attempts').set({ status: 2 }).where('seq', '=', 3).execute();
    const rules = {
      excludeWorked: { outcomes: new Set(['answered'] as const), withinMs: 2 * hour },
    };
    const screen = await openNumberScreen(
      {
        history: createNumberHistory(store, statuses, () => now),
        doNotCall: createDoNotCallStore(store, () => now),
      },
      { ...tenant, rules },
    );
    expect(await screen.isOff()).toBe(false);
    expect(await screen.check([1, 2, 3].map(hashOf))).toMatchObject([
      undefined,
      { reason: 'already_worked' },
      undefined,
    ]);
  } finally {
    await close();
  }
});
