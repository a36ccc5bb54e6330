// Contacts that were being sent by request when their host died, and the host that goes on with their mailing.
import { TelephonyError, type Adapter } from '@finaz-telephony/core';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createFeatureMetrics } from '../../src/adapter-work/feature-metrics.ts';
import { silentLogger } from '../../src/logger.ts';
import { sealPage } from '../../src/mailings/ledger/contact-pages.ts';
import { workOnMailing } from '../../src/mailings/load/work-on-mailing.ts';
import { leaseMs } from '../../src/mailings/mailing-state.ts';
import { hasLoaded } from '../../src/mailings/previous-load.ts';
import { connectionTo } from '../support/connection-to.ts';
import { noEgress } from '../support/no-egress.ts';
import { noExchanges } from '../support/no-exchanges.ts';
import { openOneMailing } from '../support/one-mailing.ts';

let opened: Awaited<ReturnType<typeof openOneMailing>>;
beforeEach(async () => {
  opened = await openOneMailing();
  const { clock, claim, host, pass, ref, store, tenant } = opened;
  const line = '7001\tAna\t\t41\t988880001';
  await store.db
    .insertInto('mailing_pages')
    .values(sealPage(tenant.cipher, ref, 0, [{ position: 1, contactId: '7001', line }]))
    .onConflict((conflict) =>
      conflict.columns(['mailing', 'page']).doUpdateSet((row) => ({
        sealed: row.ref('excluded.sealed'),
      })),
    )
    .execute();
  const { ledger, queues, mailings } = host('dead');
  const key = await claim('dead');
  await queues.beginLoad(await opened.record(), key, 'dialer');
  await queues.cleared(await opened.record(), key, 'dialer');
  const loading = { step: 'send', cleared_at: clock(), prepared_at: clock() } as const;
  await mailings.change(tenant, await opened.record(), key, loading);
  await ledger.moveAll(key, { from: 'pending', to: 'sending' }, clock);
  pass(leaseMs + 1);
});
afterEach(() => opened.close());

/** A host works on the mailing. @param isEnding it shuts down meanwhile @param answer of the telephone system @returns the ids that it has sent */
async function goOn(
  unit: 'contact' | 'mailing',
  {
    isEnding = false,
    answer = async () => undefined,
  }: {
    readonly isEnding?: boolean;
    readonly answer?: () => Promise<void>;
  } = {},
): Promise<readonly string[]> {
  const { clock, host, tenant: company } = opened;
  const sent: string[] = [];
  const adapter: Adapter = {
    features: {
      contactLoad: {
        unit,
        repeatable: true,
        async send({ contacts }) {
          for await (const { contactId } of contacts) sent.push(contactId);
          await answer();
          return { rejected: [] };
        },
      },
    },
  };
  const tenant = {
    ...company,
    connections: new Map([['dialer', connectionTo(adapter)]]),
    bindings: { contactLoad: 'dialer' },
  };
  const records = host('next');
  const since = performance.now();
  const [claimed] = await records.mailings.claim(1, [], 1);
  if (!claimed) throw new Error('nothing was claimed');
  const begins = isEnding ? AbortSignal.abort() : new AbortController().signal;
  await workOnMailing(
    {
      ...records,
      directory: { peek: () => tenant, get: async () => tenant },
      openScreen: async () => ({
        isOff: async () => true,
        check: async (hashes) => hashes.map(() => undefined),
      }),
      isCurrent: () => true,
      opensAt: () => clock(),
      clock,
      now: () => new Date(clock()),
      egress: noEgress,
      exchanges: noExchanges,
      metrics: createFeatureMetrics(new Registry()),
      logger: silentLogger,
      tellFault: (_, words) => {
        throw new Error(words);
      },
      onDeactivated: async () => undefined,
    },
    claimed,
    since,
    { begins, cuts: new AbortController().signal },
  );
  return sent;
}

it('contacts that were being sent when their host died are sent again to a vendor that keeps one entry per contact', async () => {
  expect(await goOn('contact')).toEqual(['7001']);
  expect(await opened.record()).toMatchObject({ state: 'active', sent: 1 });
});

it('contacts that were being sent when their host died are in doubt if the company loads by file now, which could add them a second time', async () => {
  expect(await goOn('mailing')).toEqual([]);
  expect(await opened.contact()).toMatchObject({ state: 'in_doubt' });
});

it('contacts that were being sent when their host died count as loaded until they are sent again: the next clear must cover them', async () => {
  expect(await goOn('contact', { isEnding: true })).toEqual([]);
  expect(await opened.contact()).toMatchObject({ state: 'pending' });
  const { host, tenant } = opened;
  expect(await hasLoaded(host('next').ledger, tenant, await opened.record())).toBe(true);
});

it('contacts that were being sent when their host died are in doubt if the mailing was deactivated: nobody sends them again', async () => {
  await opened.store.db.updateTable('mailings').set({ state: 'deactivating' }).execute();
  expect(await goOn('contact')).toEqual([]);
  expect(await opened.contact()).toMatchObject({ state: 'in_doubt' });
});

it('a mailing that a person cancels at the moment its load stops by itself stays cancelled', async () => {
  const { host, tenant } = opened;
  const answer = async () => {
    await host('next').mailings.command(tenant, 'm-1', 'cancel');
    throw new TelephonyError({
      code: 'auth_failed',
      delivery: 'answered',
      message: 'Its password was changed.',
    });
  };
  expect(await goOn('contact', { answer })).toEqual(['7001']);
  expect(await opened.record()).toMatchObject({ state: 'cancelled', pending: 1, sending: 0 });
});

it('a damaged mailing that a person cancels leaves its queue, and the contacts that were being sent are in doubt', async () => {
  const { host, tenant, store } = opened;
  const { mailings, queues } = host('next');
  const next = { id: 'm-2', tenant_id: '1042', queue: '7' };
  const other = { ...(await opened.record()), ...next, created_at: opened.clock() };
  await store.db.updateTable('mailings').set({ sealed: 'v1.AAAA' }).execute();
  await mailings.command(tenant, 'm-1', 'cancel');
  expect(await goOn('contact')).toEqual([]);
  expect(await queues.takenFrom(other, 'dialer')).toBeUndefined();
  expect(await opened.contact()).toMatchObject({ state: 'in_doubt' });
  opened.pass(leaseMs + 1);
  expect(await mailings.claim(1, [], 1)).toEqual([]);
});

it('a damaged mailing whose dialing is to end does not keep its queue, and is looked at again', async () => {
  const { host, store } = opened;
  const { mailings, queues } = host('next');
  const next = { id: 'm-2', tenant_id: '1042', queue: '7' };
  const other = { ...(await opened.record()), ...next, created_at: opened.clock() };
  const damaged = { state: 'deactivating', sealed: 'v1.AAAA' } as const;
  await store.db.updateTable('mailings').set(damaged).execute();
  await expect(goOn('contact')).rejects.toThrow('work on a mailing has failed');
  expect(await queues.takenFrom(other, 'dialer')).toBeUndefined();
  expect(await mailings.claim(1, [], 1)).toEqual([]);
  opened.pass(leaseMs + 1);
  expect(await mailings.claim(1, [], 1)).toHaveLength(1);
});
