import { TelephonyError, type ReportedAttempt } from '@finaz-telephony/core';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { fetchLeaseMs } from '../../src/results/claimed-fetches.ts';
import { createResultFetches } from '../../src/results/result-fetches.ts';
import { createResultsMetrics } from '../../src/results/results-metrics.ts';
import type { FetchableMailing } from '../../src/results/fetchable-mailings.ts';
import { runFetch } from '../../src/results/run-fetch.ts';
import { noEgress } from '../support/no-egress.ts';
import { noExchanges } from '../support/no-exchanges.ts';
import { openResults } from '../support/open-results.ts';

const minutes = 60_000;
const [activatedAt, replacedAt] = [Date.UTC(2026, 10, 24, 12), Date.UTC(2026, 10, 24, 14)];

let opened: Awaited<ReturnType<typeof openResults>>;
let now: number;
let report: readonly ReportedAttempt[];
/** The error with which the report breaks off. */
let failure: unknown;
let periods: { from: number; to: number }[];
/** What was done for the mailing, in order. */
let done: string[];

beforeEach(async () => {
  opened = await openResults({ '7001': ['+5541999990001'] });
  now = Date.UTC(2026, 10, 24, 15);
  report = [];
  failure = undefined;
  periods = [];
  done = [];
});
afterEach(() => opened.close());

const attempt = (callId: string, at: number, vendorStatus = 'BUSY'): ReportedAttempt => ({
  contactId: '7001',
  areaCode: '41',
  number: '999990001',
  at: new Date(at).toISOString(),
  outcome: 'unknown',
  vendorStatus,
  callId,
});

interface Fetch {
  readonly mailing?: Partial<FetchableMailing>;
  readonly resultsEveryMs?: number;
  readonly isFinal?: boolean;
  readonly isGone?: boolean;
  /** Its connection is in the document, but cannot be used as it stands. */
  readonly isUnusable?: boolean;
  readonly signal?: AbortSignal;
  readonly announce?: () => Promise<void>;
  /** What happens before the report brings its first row. */
  readonly beforeReport?: () => Promise<void>;
}

/** Fetches what is due, as a host does. @returns the state of the results afterwards */
async function fetchDue({
  mailing = {},
  resultsEveryMs,
  isFinal = false,
  isGone = false,
  isUnusable = false,
  signal = new AbortController().signal,
  announce = async () => void done.push('announced'),
  beforeReport = async () => undefined,
}: Fetch = {}) {
  const { store, attempts, statuses } = opened;
  const fetches = createResultFetches(store, () => now);
  const [dialer] = opened.tenant.connections.values();
  if (!dialer) throw new Error('there is no connection');
  const adapter = {
    features: {
      dialerResults: {
        outcomeOf: () => 'unknown' as const,
        async *read({ period }: { period: { from: Date; to: Date } }) {
          periods.push({ from: period.from.getTime(), to: period.to.getTime() });
          await beforeReport();
          yield* report;
          if (failure !== undefined) throw failure;
        },
      },
    },
  };
  const tenant = {
    ...opened.tenant,
    resultsEveryMs,
    connections: new Map(isUnusable ? [] : [['dialer', { ...dialer, adapter }]]),
    unusable: new Set(isUnusable ? ['dialer'] : []),
  };
  const known = await fetches.find('m-1');
  if (!known || known.nextAt === undefined)
    await fetches.request(
      { id: 'm-1', ref: 1, tenantId: tenant.id, connection: 'dialer' },
      { isFinal },
    );
  const [claimed] = await fetches.claimDue(1, []);
  if (!claimed) throw new Error('nothing is due');
  const found: FetchableMailing = {
    mailing: { mailingId: 'm-1', queue: '7', parameters: {}, captures: {} },
    loadedThrough: null,
    activatedAt,
    replacedAt: undefined,
    stage: 'active',
    ...mailing,
  };
  await runFetch(
    {
      logger: silentLogger,
      now: () => new Date(now),
      egress: noEgress,
      exchanges: noExchanges,
      attempts,
      statuses,
      fetches,
      contacts: { strangers: async () => new Set(), byNumber: async () => new Map() },
      onStored: async () => undefined,
      directory: { peek: () => tenant, get: async () => tenant },
      mailings: {
        find: async () => (isGone ? undefined : found),
        finish: async () => {
          const { state } = (await fetches.find('m-1')) ?? {};
          done.push(`finished while it is ${state}`);
        },
      },
      announce,
      metrics: createResultsMetrics(new Registry()),
    },
    claimed,
    signal,
    () => undefined,
  );
  return fetches.find('m-1');
}

const kept = async () => (await opened.all()).map(({ callId }) => callId);

describe('the period of a fetch', () => {
  const rows = [
    attempt('long-before', activatedAt - 3 * minutes),
    attempt('first', activatedAt - minutes),
    attempt('last', replacedAt + minutes),
    attempt('of-the-next', replacedAt + 3 * minutes),
  ];

  it("ends when another mailing took the queue; attempts may lie two minutes outside, because the vendor's clock may differ", async () => {
    report = rows;
    const mailing = { replacedAt, stage: 'over' as const };
    const fetched = await fetchDue({ mailing });
    expect(periods).toEqual([{ from: activatedAt - 2 * minutes, to: replacedAt }]);
    expect(await kept()).toEqual(['first', 'last']);
    expect(fetched).toMatchObject({
      outside: 2,
      period: { from: activatedAt - 2 * minutes, to: replacedAt },
    });
  });

  it('lasts until now if no mailing has taken the queue, or only at a time still to come, by the clock of another host', async () => {
    report = rows;
    await fetchDue();
    expect(await kept()).toEqual(['first', 'last', 'of-the-next']);
    await fetchDue({ mailing: { replacedAt: now + minutes } });
    const whole = { from: activatedAt - 2 * minutes, to: now };
    expect(periods).toEqual([whole, whole]);
  });
});

describe('the CRM', () => {
  it('is notified of new and changed attempts, but not of a fetch that brings neither', async () => {
    report = [attempt('c-1', activatedAt)];
    await fetchDue();
    expect(done).toEqual(['announced']);
    await fetchDue();
    expect(done).toEqual(['announced']);
    report = [attempt('c-1', activatedAt, 'ANSWER')];
    await fetchDue();
    expect(done).toEqual(['announced', 'announced']);
  });

  it('is notified of the final results before the mailing is finished, and the mailing is finished before the fetch is complete', async () => {
    const ending = { mailing: { stage: 'ending' as const }, isFinal: true };
    const unheard = { ...ending, announce: () => Promise.reject(new Error('the store is away')) };
    expect(await fetchDue(unheard)).toMatchObject({ state: 'failed', nextAt: now + 5000 });
    expect(done).toEqual([]);
    now += 5000;
    expect(await fetchDue(ending)).toMatchObject({ state: 'complete', nextAt: undefined });
    expect(done).toEqual(['announced', 'finished while it is fetching']);
  });

  it('is notified after the next fetch of what a failed fetch stored, or of nothing if that stored nothing', async () => {
    failure = new Error('a defect');
    await fetchDue();
    now += 5000;
    failure = undefined;
    await fetchDue();
    expect(done).toEqual([]);
    report = [attempt('c-1', activatedAt)];
    failure = new Error('a defect');
    await fetchDue();
    now += 5000;
    failure = undefined;
    await fetchDue();
    expect(done).toEqual(['announced']);
  });

  it('is notified of the results of a fetch during the day, which does not finish even a mailing that is ending', async () => {
    report = [attempt('c-1', activatedAt)];
    await fetchDue({ mailing: { stage: 'ending' } });
    expect(done).toEqual(['announced']);
  });
});

describe('the next fetch', () => {
  it("is due at the company's interval as long as the mailing is dialed", async () => {
    const resultsEveryMs = 15 * minutes;
    expect(await fetchDue({ resultsEveryMs })).toMatchObject({ nextAt: now + 15 * minutes });
    now += 15 * minutes;
    const mailing = { replacedAt, stage: 'over' as const };
    expect(await fetchDue({ resultsEveryMs, mailing })).toMatchObject({ nextAt: undefined });
    expect(await fetchDue()).toMatchObject({ nextAt: undefined });
  });

  it("is due after a longer pause with each failure, at least the vendor's Retry-After, until the host gives up; then only a request brings one", async () => {
    const busy = (retryAfterMs: number) =>
      new TelephonyError({ code: 'unavailable', message: 'Busy.', retryAfterMs });
    const nextAfter = async (error: unknown) => {
      failure = error;
      const { nextAt } = (await fetchDue()) ?? {};
      const pause = nextAt === undefined ? undefined : nextAt - now;
      now = nextAt ?? now;
      return pause;
    };
    expect(await nextAfter(busy(0))).toBe(5000);
    expect(await nextAfter(busy(10 * minutes))).toBe(10 * minutes);
    expect(await nextAfter(new Error('a defect'))).toBe(2 * minutes);
    expect(await nextAfter(busy(1000))).toBe(5 * minutes);
    let last: number | undefined = 0;
    for (let tries = 5; tries <= 31; tries += 1) last = await nextAfter(busy(0));
    expect(last).toBeUndefined();
    now += 365 * 24 * 60 * minutes;
    expect(await createResultFetches(opened.store, () => now).claimDue(1, [])).toEqual([]);
    // Requested, it is due at once, and its pauses begin anew.
    expect(await nextAfter(busy(0))).toBe(5000);
    failure = undefined;
    expect(await fetchDue()).toMatchObject({ state: 'complete' });
  });

  it('is due at least every hour while the connection cannot be used, without an end: nobody can request a fetch before its secret is set', async () => {
    const ending = { mailing: { stage: 'ending' as const }, isFinal: true };
    const pauses: number[] = [];
    for (let tries = 0; tries < 40; tries += 1) {
      const { state, nextAt = Number.NaN } =
        (await fetchDue({ ...ending, isUnusable: true })) ?? {};
      expect(state).toBe('failed');
      pauses.push(nextAt - now);
      now = nextAt;
    }
    expect(Math.max(...pauses)).toBe(60 * minutes);
    // Otherwise, the host would have given up by now.
    expect(new Set(pauses.slice(30))).toEqual(new Set([60 * minutes]));
    expect(await fetchDue(ending)).toMatchObject({ state: 'complete' });
    expect(done).toContain('finished while it is fetching');
  });

  it('is due at once if the host was shut down in the middle of a fetch, so that another host can go on', async () => {
    report = Array.from({ length: 600 }, (_, index) => attempt(`c-${index}`, activatedAt));
    expect(await fetchDue({ signal: AbortSignal.abort() })).toMatchObject({
      state: 'failed',
      nextAt: now,
    });
  });

  it('is not due if the mailing was deleted', async () => {
    expect(await fetchDue({ isGone: true })).toMatchObject({
      state: 'failed',
      error: { code: 'not_found' },
      nextAt: undefined,
    });
    expect(periods).toEqual([]);
  });
});

it("a fetch that another host has taken over does not end the other host's fetch", async () => {
  report = [attempt('c-1', activatedAt)];
  const announce = async () => {
    await opened.store.db.updateTable('mailing_results').set({ fetch_id: 'another' }).execute();
  };
  expect(await fetchDue({ announce })).toMatchObject({ state: 'fetching', tries: 0 });
});

const heldUntil = async () => {
  const held = opened.store.db.selectFrom('mailing_results').select('lease_until');
  return (await held.executeTakeFirstOrThrow()).lease_until;
};

it('a fetch extends its lease when its report brings rows', async () => {
  report = [attempt('c-1', activatedAt)];
  let held = 0;
  await fetchDue({
    async beforeReport() {
      now += fetchLeaseMs - 1;
    },
    async announce() {
      held = await heldUntil();
    },
  });
  expect(held).toBe(now + fetchLeaseMs);
});

it('a fetch extends its lease while its report brings nothing', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  report = [attempt('c-1', activatedAt)];
  const fetched = await fetchDue({
    async beforeReport() {
      now += fetchLeaseMs - 1;
      vi.advanceTimersByTime(fetchLeaseMs - 1);
      await expect.poll(heldUntil).toBe(now + fetchLeaseMs);
    },
  });
  expect(fetched).toMatchObject({ state: 'complete' });
});
