import { TelephonyError, type Adapter, type ContextFetch } from '@finaz-telephony/core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Egress } from '../../src/egress/egress.ts';
import { silentLogger } from '../../src/logger.ts';
import { createDialingKeeper } from '../../src/mailings/dialing-keeper.ts';
import { leaseMs } from '../../src/mailings/mailing-state.ts';
import { connectionTo } from '../support/connection-to.ts';
import { noEgress } from '../support/no-egress.ts';
import { noExchanges } from '../support/no-exchanges.ts';
import { openOneMailing } from '../support/one-mailing.ts';

let opened: Awaited<ReturnType<typeof openOneMailing>>;
beforeEach(async () => {
  opened = await openOneMailing();
  await opened.store.db.updateTable('mailings').set({ state: 'active' }).execute();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await opened.close();
});

/** A host checks once whether the mailing is still dialed. @param opensAt when its numbers may be called @returns the connections that were asked */
async function look(
  opensAt: number | undefined,
  keepDialing: (fetch: ContextFetch) => Promise<void> = async () => undefined,
  { mailings = opened.host('first').mailings, egress = noEgress, loadsThrough = 'dialer' } = {},
): Promise<string[]> {
  const { clock } = opened;
  const asked: string[] = [];
  const adapterOf = (name: string): Adapter => ({
    features: {
      contactLoad: {
        unit: 'contact',
        repeatable: false,
        send: async () => ({ rejected: [] }),
        async keepDialing(_, { fetch }) {
          asked.push(name);
          await keepDialing(fetch);
          return { isStartedAgain: true };
        },
      },
    },
  });
  const connectionOf = (name: string) => connectionTo(adapterOf(name), { name });
  const tenant = {
    ...opened.tenant,
    connections: new Map(['dialer', 'other'].map((name) => [name, connectionOf(name)])),
    bindings: { contactLoad: loadsThrough },
  };
  const keeper = createDialingKeeper({
    mailings,
    opensAt: () => opensAt,
    clock,
    directory: { peek: () => tenant, get: async () => tenant },
    egress,
    exchanges: noExchanges,
    logger: silentLogger,
    now: () => new Date(clock()),
  });
  opened.pass(60_000);
  keeper.start();
  // Taken for the check, and released.
  await expect.poll(opened.record).toMatchObject({ held_until: clock() + 30_000, lease_until: 0 });
  await keeper.stop();
  return asked;
}

it('dialing that ended by itself is not restarted while the numbers of the mailing may not be called', async () => {
  expect(await look(opened.clock() + 3_600_000)).toEqual([]);
  expect(await look(undefined)).toEqual([]);
  expect(await look(opened.clock())).toEqual(['dialer']);
});

it('an active mailing shows an error while the vendor cannot be asked whether it still dials, and drops the error once it can', async () => {
  const away = () =>
    Promise.reject(new TelephonyError({ code: 'network', message: 'Nothing listens there.' }));
  expect(await look(opened.clock(), away)).toEqual(['dialer']);
  expect(await opened.record()).toMatchObject({ state: 'active', error: { code: 'network' } });
  expect(await look(opened.clock())).toEqual(['dialer']);
  expect(await opened.record()).toMatchObject({ state: 'active', error: null });
});

it('dialing is restarted at the connection where the mailing was loaded, not where its company loads now', async () => {
  await opened.store.db.updateTable('mailings').set({ connection: 'dialer' }).execute();
  expect(await look(opened.clock(), undefined, { loadsThrough: 'other' })).toEqual(['dialer']);
});

it('a host frozen while it takes a mailing sends no request to restart dialing: another host may have cleared the queue and begun to load', async () => {
  let frozenMs = 0;
  const monotonic = performance.now.bind(performance);
  vi.spyOn(performance, 'now').mockImplementation(() => monotonic() + frozenMs);
  const { mailings } = opened.host('first');
  const frozen: typeof mailings = {
    ...mailings,
    async takeActive(...of) {
      const isTaken = await mailings.takeActive(...of);
      frozenMs = leaseMs;
      return isTaken;
    },
  };
  const left: boolean[] = [];
  const egress: Egress = {
    ...noEgress,
    fetchFor: (scope) => async () => {
      left.push(scope.mayLeave?.() ?? true);
      return new Response();
    },
  };
  const start = async (fetch: ContextFetch) => void (await fetch('http://dialer.test/start'));
  await look(opened.clock(), start, { egress });
  expect(left).toEqual([true]);
  await look(opened.clock(), start, { egress, mailings: frozen });
  expect(left).toEqual([true, false]);
});
