import { TelephonyError, type Adapter, type AdapterContext } from '@finaz-telephony/core';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { createFetchRunner } from '../../src/results/fetch-runner.ts';
import type { ClaimedFetch } from '../../src/results/claimed-fetches.ts';
import { createResultsMetrics } from '../../src/results/results-metrics.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { connectionTo } from '../support/connection-to.ts';
import { openResults } from '../support/open-results.ts';
import { noExchanges } from '../support/no-exchanges.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const due = (tenantId: string): ClaimedFetch => ({
  results: {
    mailingId: `m-${tenantId}`,
    tenantId,
    ref: 1,
    toldBy: null,
    state: 'fetching',
    isFinal: false,
    period: undefined,
    unreadable: 0,
    unreadableSample: [],
    outside: 0,
    error: undefined,
    tries: 0,
    nextAt: 0,
    fetchedAt: undefined,
    createdAt: 0,
    lastSeq: 0,
  },
  fetchId: 'f-1',
  isAfterFailure: false,
});

/** After this time, a request is given up. */
const longestWaitMs = 2000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const answers = ({ fetch }: AdapterContext) =>
  fetch('https://dialer.example/report').then(
    () => true,
    () => false,
  );

/** A runner for companies whose vendors begin no answer (`silent…`), or begin one that has no end (`slow…`), until the test ends; others answer at once. */
async function openRunner(tenantIds: readonly string[]) {
  const { tenant, attempts, statuses, fetches, close } = await openResults();
  const waiting = [...tenantIds];
  const asked: string[] = [];
  const ending = Promise.withResolvers<undefined>();
  let isEnding = false;
  const adapter: Adapter = {
    features: {
      dialerResults: {
        outcomeOf: () => 'unknown',
        // eslint-disable-next-line require-yield -- it reports nothing
        async *read(_, context) {
          // As adapters do: a request that changes nothing may be repeated.
          while (!(await answers(context)) && !isEnding);
          if (context.tenant.id.startsWith('slow')) await ending.promise;
        },
      },
    },
  };
  const dialer = connectionTo(adapter, { timeoutMs: 60_000 });
  const tenantOf = (id: string): Tenant => ({
    ...tenant,
    id,
    connections: new Map([['dialer', dialer]]),
  });
  const runner = createFetchRunner({
    scheduleDaily: async () => undefined,
    endUntold: async () => undefined,
    attempts,
    // Nothing is read from the store, because its timeouts go by the clock that is moved here.
    statuses: { ...statuses, recorder: async () => ({ idsOf: async () => [], wordOf: () => '' }) },
    contacts: { strangers: async () => new Set(), byNumber: async () => new Map() },
    onStored: async () => undefined,
    egress: {
      fetchFor:
        ({ tenantId }) =>
        async () => {
          if (!asked.includes(tenantId)) asked.push(tenantId);
          if (tenantId.startsWith('silent')) {
            await Promise.race([ending.promise, pause(longestWaitMs)]);
            throw new TelephonyError({ code: 'timeout', message: 'No answer came.' });
          }
          return new Response('');
        },
      close: async () => undefined,
    },
    exchanges: noExchanges,
    fetches: {
      ...fetches,
      begin: async () => undefined,
      failForsaken: async () => [],
      claimDue: async (limit, busy) => {
        const claimed = [...new Set(waiting)].filter((id) => !busy.includes(id)).slice(0, limit);
        for (const id of claimed) waiting.splice(waiting.indexOf(id), 1);
        return claimed.map(due);
      },
      complete: async () => true,
    },
    mailings: {
      find: async (_, mailingId) => ({
        mailing: { mailingId, queue: '7', parameters: {}, captures: {} },
        loadedThrough: null,
        activatedAt: 0,
        replacedAt: undefined,
        stage: 'over',
      }),
      finish: async () => undefined,
    },
    directory: { peek: tenantOf, get: async (id) => tenantOf(id) },
    logger: silentLogger,
    now: () => new Date(0),
    announce: async () => undefined,
    metrics: createResultsMetrics(new Registry()),
  });
  runner.start();
  return {
    asked,
    waiting,
    wake: runner.wake,
    /** Moves the clock second by second; after each, promises get time to settle. */
    pass: async (seconds: number) => {
      for (let second = 0; second < seconds; second += 1) {
        await vi.advanceTimersByTimeAsync(1000);
        for (let turn = 0; turn < 20; turn += 1)
          await new Promise((resolve) => setImmediate(resolve));
      }
    },
    end: async () => {
      isEnding = true;
      ending.resolve(undefined);
      await runner.stop();
      await close();
    },
  };
}

const many = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${name}-${index}`);

test('twenty vendors that do not answer do not block the results of another company', async () => {
  const { asked, pass, end } = await openRunner([...many('silent', 20), 'quick']);
  await pass(30);
  expect(asked).toContain('quick');
  await end();
});

test('a host waits for at most 64 vendors that do not answer', async () => {
  const { asked, pass, end } = await openRunner(many('silent', 80));
  await pass(90);
  expect(asked).toHaveLength(64);
  await end();
});

test('a host reads at most three reports at a time', async () => {
  const { asked, pass, end } = await openRunner([...many('slow', 3), 'quick']);
  await pass(30);
  expect(asked).toEqual(many('slow', 3));
  await end();
});

test('a company with many due fetches gets one of them at a time', async () => {
  const { waiting, pass, end } = await openRunner(['slow', 'slow', 'slow']);
  await pass(30);
  expect(waiting).toEqual(['slow', 'slow']);
  await end();
});

test('a stopped fetch runner leaves no timer behind, however often it was woken', async () => {
  const { wake, pass, end } = await openRunner([]);
  await pass(1);
  for (let times = 0; times < 3; times += 1) wake();
  await vi.advanceTimersByTimeAsync(1);
  await end();
  expect(vi.getTimerCount()).toBe(0);
});
