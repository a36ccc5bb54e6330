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

/** Stores an attempt of the dialer at each of these moments, each on another number. The last one is now. */
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

test('calls of the dialer are counted once, even if the store goes away meanwhile, and counting does not block the event loop', async () => {
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
    // Otherwise the calls of all companies would wait while millions are counted.
    const again = createNumberHistory(store, statuses, () => now);
    expect(await turnsDuring(() => again.dialedToday(tenant))).toBeGreaterThanOrEqual(2);
  } finally {
    await close();
  }
});

test("today's calls count even if the dialer reports yesterday's calls after them", async () => {
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

test('the attempts of a day no longer count once the day ends, even in the middle of a mailing', async () => {
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

test("attempts read yesterday are not read again today, and those that the dialer's fast clock dated today count today", async () => {
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

test("yesterday's calls do not count today, neither those of operators nor those of a dialer that goes on with its mailing", async () => {
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

test('calls are counted once if several readers count at the same time, even after the store went away under the first', async () => {
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

test('the calls of two mailings to a number are added up, each counted once', async () => {
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

test('calls of operators are counted for each of very many numbers, and transfers are not', async () => {
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

test('a number counts as worked after an outcome that the rule names, within the time that the rule names', async () => {
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
