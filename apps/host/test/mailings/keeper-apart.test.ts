import type { Adapter } from '@finaz-telephony/core';
import { expect, test, vi } from 'vitest';
import { createDialingKeeper } from '../../src/mailings/dialing-keeper.ts';
import { silentLogger } from '../../src/logger.ts';
import type { Tenant } from '../../src/tenants/tenant.ts';
import { connectionTo } from '../support/connection-to.ts';
import { noEgress } from '../support/no-egress.ts';
import { noExchanges } from '../support/no-exchanges.ts';
import { openResults } from '../support/open-results.ts';
import { recordsOf } from '../support/records.ts';

/** In real time: if a faked clock passed faster than the database answers, the store would give up its connections. */
const wait = { timeout: 10_000 };

/** One active mailing for each company. The adapter of `stuck` never ends, and the document of `broken` cannot be read. */
async function openKeeper(tenantIds: readonly string[]) {
  let now = 1_764_000_000_000;
  const clock = () => now;
  const { store, tenant, close } = await openResults();
  const { intakes, mailings } = recordsOf(store, 'this', clock);
  for (const id of tenantIds)
    await intakes.create({ ...tenant, id }, { id: `m-${id}`, queue: '7', parameters: {} });
  await store.db.updateTable('mailings').set({ state: 'active', lease_until: 0 }).execute();
  const asked: string[] = [];
  const ending = Promise.withResolvers<undefined>();
  const adapter: Adapter = {
    features: {
      contactLoad: {
        unit: 'contact',
        repeatable: false,
        send: async () => ({ rejected: [] }),
        async keepDialing(_, context) {
          asked.push(context.tenant.id);
          if (context.tenant.id.startsWith('stuck')) await ending.promise;
          return { isStartedAgain: false };
        },
      },
    },
  };
  const dialer = connectionTo(adapter);
  const tenantOf = (id: string): Tenant => ({
    ...tenant,
    id,
    connections: new Map([['dialer', dialer]]),
    bindings: { contactLoad: 'dialer' },
  });
  const told: unknown[] = [];
  const keeper = createDialingKeeper({
    mailings,
    directory: {
      peek: () => undefined,
      async get(id) {
        if (id === 'broken') throw new Error('the document cannot be read');
        return tenantOf(id);
      },
    },
    egress: noEgress,
    exchanges: noExchanges,
    logger: { ...silentLogger, warn: ({ tenant: of }) => void told.push(of) },
    now: () => new Date(now),
    opensAt: clock,
    clock,
  });
  keeper.start();
  return {
    asked,
    told,
    pass: (seconds: number) => {
      now += seconds * 1000;
    },
    stop: keeper.stop,
    end: async () => {
      ending.resolve(undefined);
      await keeper.stop();
      await close();
    },
  };
}

test('a company whose adapter hangs or whose document cannot be read does not keep the host from checking the dialing of others', async () => {
  const many = Array.from({ length: 20 }, (_, index) => `stuck-${index}`);
  const { asked, told, pass, end } = await openKeeper(['broken', ...many, 'sound']);
  const begunAt = performance.now();
  const looksAt = (id: string) => asked.filter((one) => one === id).length;
  await vi.waitFor(() => expect(looksAt('sound')).toBe(1), wait);
  pass(31);
  await vi.waitFor(() => expect(looksAt('sound')).toBe(2), wait);
  // Before a time limit could have ended the checks that hang.
  expect(performance.now() - begunAt).toBeLessThan(60_000);
  // A check that has not ended is not begun a second time.
  expect(looksAt('stuck-0')).toBe(1);
  // Once, not with each check.
  expect(told).toEqual(['broken']);
  await end();
});

test('an adapter that hangs while it checks dialing does not keep the host from shutting down', async () => {
  const { asked, stop, end } = await openKeeper(['stuck']);
  await vi.waitFor(() => expect(asked).toEqual(['stuck']), wait);
  const begunAt = performance.now();
  let isOver = false;
  const stopping = stop().then(() => {
    isOver = true;
  });
  await vi.waitFor(() => expect(isOver).toBe(true), wait);
  expect(performance.now() - begunAt).toBeLessThan(20_000);
  await stopping;
  await end();
});
