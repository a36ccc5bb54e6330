import { TelephonyError, type Adapter } from '@finaz-telephony/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { createDialingKeeper } from '../../src/mailings/dialing-keeper.ts';
import { noEgress } from '../support/no-egress.ts';
import { noExchanges } from '../support/no-exchanges.ts';
import { openOneMailing } from '../support/one-mailing.ts';

let opened: Awaited<ReturnType<typeof openOneMailing>>;
beforeEach(async () => {
  opened = await openOneMailing();
  await opened.store.db.updateTable('mailings').set({ state: 'active' }).execute();
});
afterEach(() => opened.close());

/** One look after the mailing by a host for which its numbers may be called from then on. @returns how often the telephone system was asked to go on */
async function look(
  opensAt: number | undefined,
  keepDialing: () => Promise<void> = async () => undefined,
): Promise<number> {
  const { clock, host } = opened;
  let asked = 0;
  const adapter: Adapter = {
    features: {
      contactLoad: {
        unit: 'contact',
        repeatable: false,
        send: async () => ({ rejected: [] }),
        async keepDialing() {
          asked += 1;
          await keepDialing();
          return { isStartedAgain: true };
        },
      },
    },
  };
  const connection = {
    name: 'dialer',
    adapterId: 'test',
    adapter,
    secretValues: [],
    limits: { requestsPerSecond: 100, concurrency: 1, timeoutMs: 1000 },
  };
  const tenant = {
    ...opened.tenant,
    connections: new Map([['dialer', connection]]),
    bindings: { contactLoad: 'dialer' },
  };
  const keeper = createDialingKeeper({
    mailings: host('first').mailings,
    opensAt: () => opensAt,
    clock,
    directory: { peek: () => tenant, get: async () => tenant },
    egress: noEgress,
    exchanges: noExchanges,
    logger: silentLogger,
    now: () => new Date(clock()),
  });
  opened.pass(60_000);
  keeper.start();
  // Taken for a look, and given back.
  await expect.poll(opened.record).toMatchObject({ held_until: clock() + 30_000, lease_until: 0 });
  await keeper.stop();
  return asked;
}

it('dialing that has ended by itself is not begun again at an hour at which nobody may be called', async () => {
  expect(await look(opened.clock() + 3_600_000)).toBe(0);
  expect(await look(undefined)).toBe(0);
  expect(await look(opened.clock())).toBe(1);
});

it('whether it goes on cannot be seen: the mailing says so, until it can', async () => {
  const away = () =>
    Promise.reject(new TelephonyError({ code: 'network', message: 'Nothing listens there.' }));
  expect(await look(opened.clock(), away)).toBe(1);
  expect(await opened.record()).toMatchObject({ state: 'active', error: { code: 'network' } });
  expect(await look(opened.clock())).toBe(1);
  expect(await opened.record()).toMatchObject({ state: 'active', error: null });
});
