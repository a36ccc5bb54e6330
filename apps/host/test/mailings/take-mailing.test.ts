// What is stored of a mailing, and how its intake ends: with the whole mailing, or with nothing that could be loaded in addition when the caller sends it again.
import type { Adapter } from '@finaz-telephony/core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { MailingRow } from '../../src/mailings/intake/mailing-row.ts';
import { takeMailing, takenBefore } from '../../src/mailings/intake/take-mailing.ts';
import { leaseMs } from '../../src/mailings/mailing-state.ts';
import { createMailingContacts } from '../../src/results/mailing-contacts.ts';
import { connectionTo } from '../support/connection-to.ts';
import { contacts } from '../support/mailings.ts';
import { openOneMailing } from '../support/one-mailing.ts';

let opened: Awaited<ReturnType<typeof openOneMailing>>;
beforeEach(async () => {
  opened = await openOneMailing();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await opened.close();
});

type Host = ReturnType<typeof opened.host>;

async function* rowsOf(count: number): AsyncGenerator<MailingRow> {
  for (const [index, row] of contacts(count).entries()) yield { line: index + 1, row, size: 100 };
}

const adapter: Adapter = {
  features: {
    contactLoad: { unit: 'contact', repeatable: false, send: async () => ({ rejected: [] }) },
  },
};

/** Receives a mailing of a company whose rules hold the number `held` back. */
async function take(
  rows: AsyncIterable<MailingRow>,
  { held, ...intakes }: Partial<Host['intakes']> & { readonly held?: string } = {},
) {
  const host = opened.host('first');
  const tenant = {
    ...opened.tenant,
    connections: new Map([['dialer', connectionTo(adapter)]]),
    bindings: { contactLoad: 'dialer' },
  };
  let id = '';
  const taking = takeMailing(
    {
      ...host,
      intakes: { ...host.intakes, ...intakes },
      openScreen: async () => ({
        isOff: async () => true,
        check: async (hashes) =>
          hashes.map((hash) =>
            held !== undefined && hash === opened.tenant.cipher.hash(held)
              ? { reason: 'attempts_per_day', message: 'it was called often enough' }
              : undefined,
          ),
      }),
      clock: opened.clock,
    },
    tenant,
    { queue: '8', parameters: {} },
    rows,
    async (mailingId) => {
      id = mailingId;
    },
  );
  const [result] = await Promise.allSettled([taking]);
  return { id, result };
}

/** The mailings that a host would load. */
const due = async () =>
  (await opened.host('next').mailings.claim(10, [], 10)).map(({ id }) => id).toSorted();

const lost = () =>
  Promise.reject(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));

it('the numbers of a mailing are stored with it: attempts without a contact id are matched by number', async () => {
  const { id, result } = await take(rowsOf(3));
  expect(result).toMatchObject({ value: { total: 3 } });
  const taken = await opened.host('first').mailings.find(opened.tenant, id);
  const { byNumber } = createMailingContacts(opened.store);
  const hash = opened.tenant.cipher.hash('+5541988000003');
  expect(await byNumber(taken?.ref ?? 0, [hash])).toEqual(new Map([[hash, ['c-2']]]));
});

it('a number that a rule holds back is not stored with its contact: it would be dialed', async () => {
  async function* rows() {
    for await (const { row, ...of } of rowsOf(1)) {
      const phones = ['99999-0001', '99999-0002'].map((number) => ({ areaCode: '68', number }));
      yield { ...of, row: Object.assign({}, row, { phones }) };
    }
  }
  const { id, result } = await take(rows(), { held: '+5568999990001' });
  expect(result).toMatchObject({ value: { total: 1, rejected: 0 } });
  const { ledger, mailings } = opened.host('first');
  const taken = await mailings.find(opened.tenant, id);
  const stored = await ledger.read(opened.tenant.cipher, taken?.ref ?? 0, 'pending', 0, 10);
  expect(stored.map(({ contact }) => contact.phones)).toEqual([
    [{ areaCode: '68', number: '999990002' }],
  ]);
});

it('a mailing knows the area codes of all its numbers, not only of the first ones: nobody may be called where it is still night', async () => {
  async function* rows() {
    for await (const { row, ...of } of rowsOf(1)) {
      const phones = ['41', '68'].map((areaCode) => ({ areaCode, number: '99999-0001' }));
      yield { ...of, row: Object.assign({}, row, { phones }) };
    }
  }
  const { id } = await take(rows());
  const taken = await opened.host('first').mailings.find(opened.tenant, id);
  expect(taken?.areaCodes).toEqual(['41', '68']);
});

it('a mailing that is received slowly is not swept like one whose host has died', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const { store, clock, pass, host } = opened;
  const swept: string[] = [];
  async function* slowly() {
    yield* rowsOf(1);
    for (let waited = 0; waited < 2 * leaseMs; waited += 3000) {
      pass(3000);
      vi.advanceTimersByTime(3000);
      const receiving = store.db.selectFrom('mailings').select('lease_until');
      await expect
        .poll(() => receiving.where('queue', '=', '8').executeTakeFirstOrThrow())
        .toEqual({ lease_until: clock() + leaseMs });
      swept.push(...(await host('other').intakes.abandoned()));
    }
  }
  try {
    const { result } = await take(slowly());
    expect(swept).toEqual([]);
    expect(result).toMatchObject({ value: { total: 1 } });
  } finally {
    vi.useRealTimers();
  }
});

it('a stored mailing whose caller got an error is not loaded: the caller sends it again', async () => {
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => AbortSignal.abort());
  const { intakes } = opened.host('first');
  const { id, result } = await take(rowsOf(1), {
    received: (...args) => intakes.received(...args).then(lost),
  });
  expect(result.status).toBe('rejected');
  expect(id).not.toBe('');
  expect(await due()).toEqual(['m-1']);
});

it('a stored mailing whose caller got an error is removed later if the store is away at first', async () => {
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => AbortSignal.abort());
  const { intakes, mailings } = opened.host('first');
  const { id, result } = await take(rowsOf(1), {
    received: (...args) => intakes.received(...args).then(lost),
    giveUp: lost,
  });
  expect(result.status).toBe('rejected');
  await expect.poll(() => mailings.find(opened.tenant, id)).toBeUndefined();
  expect(await due()).toEqual(['m-1']);
});

it('an intake that would give a mailing up reports it as taken if another host has claimed it: otherwise the caller would send it again', async () => {
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => AbortSignal.abort());
  const { intakes } = opened.host('first');
  const { id, result } = await take(rowsOf(3), {
    received: async (...args) => {
      await intakes.received(...args);
      await opened.host('next').mailings.claim(10, [], 10);
      return lost();
    },
  });
  expect(result).toEqual({
    status: 'fulfilled',
    value: { mailingId: id, total: 3, rejected: 0 },
  });
});

it('an intake no longer withdraws a mailing that a repeated request has found to be taken', async () => {
  const { tenant } = opened;
  const { intakes, mailings } = opened.host('first');
  expect(await takenBefore(opened.host('second'), tenant, 'm-1')).toMatchObject({ total: 1 });
  await intakes.withdraw('m-1');
  expect((await mailings.find(tenant, 'm-1'))?.state).toBe('waiting');
  expect(await due()).toEqual(['m-1']);
});

it('a mailing that is sent again is refused while its first intake may live; a dead intake can no longer complete it', async () => {
  const { tenant, pass } = opened;
  const first = opened.host('first');
  const second = opened.host('second');
  await first.intakes.create(tenant, { id: 'm-2', queue: '8', parameters: {} });
  await expect(takenBefore(second, tenant, 'm-2')).rejects.toMatchObject({
    problem: { status: 409 },
  });
  pass(leaseMs + 1);
  expect(await takenBefore(second, tenant, 'm-2')).toBeUndefined();
  const counts = { total: 1, rejected: 0, areaCodes: ['41'] };
  await expect(first.intakes.received('m-2', counts)).rejects.toThrow('taken mailing m-2 over');
  expect(await takenBefore(second, tenant, 'm-1')).toEqual({
    mailingId: 'm-1',
    total: 1,
    rejected: 0,
  });
});

it('a mailing that a person has cancelled stays cancelled when its intake stores it a second time', async () => {
  const { tenant } = opened;
  const { intakes, mailings } = opened.host('first');
  await mailings.command(tenant, 'm-1', 'cancel');
  await intakes.received('m-1', { total: 1, rejected: 0, areaCodes: ['41'] });
  expect(await opened.record()).toMatchObject({ state: 'cancelled' });
  expect(await due()).toEqual([]);
});

it('a mailing that is being swept can be neither completed nor kept from the next sweep: parts of it would be loaded, or remain forever', async () => {
  const { tenant, store, pass } = opened;
  const { intakes } = opened.host('first');
  await intakes.create(tenant, { id: 'm-2', queue: '8', parameters: {} });
  await store.db.updateTable('mailings').set({ fence: -1 }).where('id', '=', 'm-2').execute();
  const counts = { total: 1, rejected: 0, areaCodes: ['41'] };
  await expect(intakes.received('m-2', counts)).rejects.toThrow('taken mailing m-2 over');
  expect(await due()).toEqual(['m-1']);
  pass(leaseMs + 1);
  await intakes.keepReceiving('m-2');
  expect(await intakes.abandoned()).toEqual(['m-2']);
});
