import type { ErrorCode } from '@finaz-telephony/core';
import { expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { lineOf, sealPage } from '../../src/mailings/ledger/contact-pages.ts';
import { createLedger } from '../../src/mailings/ledger/ledger.ts';
import { clearOfPrevious } from '../../src/mailings/previous-load.ts';
import { createQueueOwners } from '../../src/mailings/queue-owners.ts';
import { sealWords } from '../../src/mailings/vendor-words.ts';
import type { HeldReason } from '../../src/rules/number-screen.ts';
import { contacts } from '../support/mailings.ts';
import { openResults } from '../support/open-results.ts';
import { recordsOf } from '../support/records.ts';

const place = { queue: '7', connection: 'dialer' };
const clock = () => 1_764_000_000_000;

/** A mailing of so many contacts whose load has begun. */
async function openLoad(count: number) {
  const { store, tenant, close } = await openResults();
  onTestFinished(close);
  const { intakes, mailings } = recordsOf(store, 'first', clock);
  const ledger = createLedger(store);
  const queues = createQueueOwners(store, clock);
  const mailing = { id: 'm-1', queue: '7', parameters: {} };
  const ref = await intakes.create(tenant, mailing);
  await ledger.add({
    mailing: ref,
    at: clock(),
    contacts: contacts(count).map((contact, index) => ({
      position: index + 1,
      contactId: contact.contactId,
      line: lineOf(contact),
    })),
    seal: (taken) => sealPage(tenant.cipher, ref, 0, taken),
    rejects: [],
  });
  await intakes.received('m-1', { total: count, rejected: 0, areaCodes: ['41'] });
  const [claimed] = await mailings.claim(1, [], 1);
  const record = await mailings.find(tenant, 'm-1');
  if (!claimed || !record) throw new Error('there is no mailing');
  const key = { mailingId: 'm-1', fence: claimed.fence, ref };
  await queues.beginLoad(record, key, 'dialer');
  await queues.cleared(record, key, 'dialer');
  await mailings.change(tenant, record, key, { cleared_at: clock() });
  return {
    store,
    tenant,
    mailings,
    ledger,
    queues,
    record,
    key,
    /** The ids that the clear of another mailing covers. */
    given: async () => {
      const ids: string[] = [];
      const dependencies = { mailings, queues, ledger, logger: silentLogger };
      await clearOfPrevious(dependencies, tenant, place, async (previous) => {
        for await (const { contactId } of previous?.contacts() ?? []) ids.push(contactId);
      });
      return ids;
    },
  };
}

it.each([
  ['a file is on its way', 'send', undefined, ['c-1', 'c-2']],
  ['no file has left', 'prepare', undefined, []],
  ['contacts were on their way when a host died', 'prepare', 'sending', ['c-1', 'c-2']],
  ['contacts are in doubt', 'prepare', 'in_doubt', ['c-1', 'c-2']],
] as const)(
  'a clear covers the contacts that the queue may hold, and no others: %s',
  async (_, step, state, expected) => {
    const { tenant, mailings, ledger, record, key, given } = await openLoad(2);
    // A file without an answer: nobody knows whether the telephone system has it.
    const file_at = step === 'send' ? clock() : null;
    await mailings.change(tenant, record, key, { state: 'stopped', step, file_at });
    if (state) await ledger.moveAll(key, { from: 'pending', to: state }, clock);
    expect(await given()).toEqual(expected);
  },
);

it('a clear does not cover a contact that was to be sent again before the queue was last cleared', async () => {
  const { tenant, ledger, key, given } = await openLoad(2);
  const again = async (position: number, at: number) => {
    const vendor = sealWords(tenant.cipher, key.ref, position, { code: 'timeout' });
    await ledger.move(key, [{ position, from: 'pending', to: 'sending', vendor: null }], at);
    await ledger.move(key, [{ position, from: 'sending', to: 'pending', vendor }], at);
  };
  await again(1, clock() - 1);
  await again(2, clock() + 1);
  expect(await given()).toEqual(['c-2']);
});

it('a clear covers failed contacts only if the vendor may have them: deleting any other may fail and block every later clear', async () => {
  const codes: readonly (readonly [ErrorCode | HeldReason, boolean])[] = [
    ['refused', false],
    ['not_found', false],
    ['invalid_input', false],
    ['do_not_call', false],
    ['already_worked', false],
    ['attempts_per_day', false],
    ['unavailable', true],
    ['timeout', true],
  ];
  const { tenant, ledger, key, given } = await openLoad(codes.length);
  const moves = codes.map(([code], index) => ({
    position: index + 1,
    from: 'pending' as const,
    to: 'failed' as const,
    vendor: sealWords(tenant.cipher, key.ref, index + 1, { code }),
  }));
  await ledger.move(key, moves, clock());
  const ids = contacts(codes.length).map(({ contactId }) => contactId);
  expect(await given()).toEqual(ids.filter((_, index) => codes[index]?.[1]));
});

it('a clear is not confirmed if the adapter skips contacts that cannot be read: the vendor still has them', async () => {
  const { tenant, mailings, ledger, queues } = await openLoad(1);
  const failure = new TypeError('a defect');
  const read = () => Promise.reject(failure);
  const dependencies = {
    mailings,
    queues,
    ledger: { ...ledger, read },
    logger: silentLogger,
  };
  const clearing = clearOfPrevious(dependencies, tenant, place, async (previous) => {
    try {
      for await (const _ of previous?.contacts() ?? []);
    } catch {
      // Skipped.
    }
  });
  await expect(clearing).rejects.toMatchObject({ code: 'internal', cause: failure });
});

it('a clear that cannot read the mailing of its queue names the mailing and what a person can do', async () => {
  const { store, given } = await openLoad(1);
  await store.db.updateTable('mailings').set({ sealed: 'v1.AAAA' }).execute();
  await expect(given()).rejects.toMatchObject({
    code: 'internal',
    message: expect.stringContaining('mailing m-1'),
    hint: expect.stringContaining('/v1/tenants/1042/queues/7/emptied'),
  });
});
