// A host can no longer write to a mailing that another host has taken over, and nobody interferes with a mailing that a host holds.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RequestError } from '../../src/http/request-error.ts';
import { holdLease } from '../../src/mailings/load/lease.ts';
import { LoadLost, type LedgerKey } from '../../src/mailings/ledger/ledger-writes.ts';
import type { ClaimKey } from '../../src/mailings/mailing-claims.ts';
import { leaseMs, type MailingState } from '../../src/mailings/mailing-state.ts';
import { settleGivenUp } from '../../src/mailings/load/recover-contacts.ts';
import { settleDoubts, steerMailing } from '../../src/mailings/steer-mailing.ts';
import { openOneMailing } from '../support/one-mailing.ts';

const dialer = new Set(['dialer']);
let opened: Awaited<ReturnType<typeof openOneMailing>>;
beforeEach(async () => {
  opened = await openOneMailing();
});
afterEach(() => opened.close());

const otherOfQueue = () => ({
  id: 'm-2',
  tenant_id: opened.tenant.id,
  queue: '7',
  state: 'waiting' as const,
  cleared_at: null,
  created_at: opened.clock(),
});

async function addContact(contactId: string, position: number): Promise<void> {
  const { clock, ref, store } = opened;
  await opened.host('first').ledger.add({
    mailing: ref,
    at: clock(),
    contacts: [{ position, contactId, line: `${contactId}\tAna\t` }],
    seal: () => ({ mailing: ref, page: position, sealed: '' }),
    rejects: [],
  });
  await store.db.updateTable('mailings').set({ total: position, pending: position }).execute();
}

describe('a host whose mailing another host has taken over', () => {
  let stale: LedgerKey;
  beforeEach(async () => {
    stale = await opened.claim('first');
    opened.pass(leaseMs + 1);
    await opened.claim('second');
  });

  it.each(['move', 'moveRange', 'moveAll', 'settle'] as const)(
    'changes no contact: %s',
    async (write) => {
      const { clock, host } = opened;
      const { ledger } = host('first');
      const move = { from: 'pending', to: 'sending' } as const;
      const range = { after: 0, through: 10 };
      const writes = {
        move: () => ledger.move(stale, [{ ...move, position: 1, vendor: null }], clock()),
        moveRange: () => ledger.moveRange(stale, move.from, move.to, range, clock()),
        moveAll: () => ledger.moveAll(stale, move, clock),
        settle: () => ledger.settle(stale, clock),
      };
      await expect(writes[write]()).rejects.toThrow(LoadLost);
      expect(await opened.contact()).toMatchObject({ state: 'pending' });
      expect(await opened.record()).toMatchObject({ pending: 1, sending: 0, sent: 0 });
    },
  );

  it('changes nothing of the mailing, and begins no load', async () => {
    const { mailings, queues } = opened.host('first');
    const before = await opened.record();
    await expect(
      mailings.change(opened.tenant, before, stale, { state: 'stopped' }, 'waiting'),
    ).rejects.toThrow(LoadLost);
    expect(await queues.beginLoad(before, stale, 'dialer')).toEqual({ is: 'changed' });
    expect(await opened.record()).toEqual(before);
    expect(await queues.takenFrom(otherOfQueue(), 'dialer')).toBeUndefined();
  });

  it('can neither renew its claim nor release the claim of the other host', async () => {
    const { mailings } = opened.host('first');
    const held = await opened.record();
    expect(held.host_id).toBe('second');
    expect(held.fence).toBeGreaterThan(stale.fence);
    await expect(mailings.renew(stale)).rejects.toThrow(LoadLost);
    await mailings.release(stale);
    await mailings.giveUpOrphan(stale);
    expect(await opened.record()).toEqual(held);
  });
});

it('a host whose claim the database has forgotten, as after a failover to a lagging standby, has lost the mailing once another host claims it', async () => {
  const { mailings } = opened.host('first');
  const forgotten = await opened.record();
  const stale = await opened.claim('first');
  const { fence, host_id, lease_until } = forgotten;
  await opened.store.db.updateTable('mailings').set({ fence, host_id, lease_until }).execute();
  await opened.claim('second');
  await expect(mailings.renew(stale)).rejects.toThrow(LoadLost);
});

it('the host that holds a mailing can move its contacts and renew its claim', async () => {
  const key = await opened.claim('first');
  const { ledger, mailings } = opened.host('first');
  const move = { position: 1, from: 'pending', to: 'sending', vendor: null } as const;
  expect(await ledger.move(key, [move], opened.clock())).toBe('waiting');
  expect(await opened.contact()).toMatchObject({ state: 'sending' });
  expect(await mailings.renew(key)).toBe('waiting');
});

it('an intake that fails does not remove a mailing that a host has already claimed', async () => {
  const { fence } = await opened.claim('first');
  await opened.host('first').intakes.giveUp('m-1', opened.ref);
  expect(await opened.record()).toMatchObject({ state: 'waiting', fence, pending: 1 });
  expect(await opened.contact()).toMatchObject({ state: 'pending' });
});

it('a deactivated mailing keeps its queue for as long as a host holds the mailing: requests may be under way', async () => {
  const { mailings, queues } = opened.host('first');
  const key = await opened.claim('first');
  await queues.beginLoad(await opened.record(), key, 'dialer');
  await mailings.command(opened.tenant, 'm-1', 'deactivate');
  expect(await queues.takenFrom(otherOfQueue(), 'dialer')).toEqual({
    is: 'busy',
    by: 'm-1',
    why: 'ends',
  });
  await mailings.release(key);
  expect(await queues.takenFrom(otherOfQueue(), 'dialer')).toBeUndefined();
});

it('a paused mailing is not resumed if another mailing takes its queue at the same moment', async () => {
  const { mailings } = opened.host('first');
  await mailings.command(opened.tenant, 'm-1', 'pause');
  await opened.store.db.updateTable('mailings').set({ replaced_at: opened.clock() }).execute();
  expect(await mailings.command(opened.tenant, 'm-1', 'resume')).toBe(false);
  expect(await opened.record()).toMatchObject({ state: 'paused' });
});

it('a retry that is refused because another mailing has taken the queue leaves failed contacts as failed', async () => {
  const { clock, tenant } = opened;
  const { ledger, mailings } = opened.host('first');
  const key = await opened.claim('first');
  await ledger.moveAll(key, { from: 'pending', to: 'failed' }, clock);
  await mailings.release(key);
  const left = { state: 'stopped', cleared_at: 1, replaced_at: 1 } as const;
  await opened.store.db.updateTable('mailings').set(left).execute();
  await expect(steerMailing({ ledger, mailings, clock }, tenant, 'm-1', 'retry')).rejects.toThrow(
    'has taken the queue',
  );
  expect(await opened.contact()).toMatchObject({ state: 'failed' });
  expect(await opened.record()).toMatchObject({ ...left, failed: 1, pending: 0 });
});

it('contacts in doubt are not put back while a host is about to load their mailing: a file that it sends would settle them too', async () => {
  const { clock, tenant } = opened;
  const { ledger, mailings } = opened.host('first');
  const key = await opened.claim('first');
  const settle = () => settleDoubts({ ledger, mailings, clock }, tenant, 'm-1', { as: 'pending' });
  await ledger.moveAll(key, { from: 'pending', to: 'in_doubt' }, clock);
  await expect(settle()).rejects.toThrow('about to be');
  expect(await opened.contact()).toMatchObject({ state: 'in_doubt' });
  await mailings.release(key);
  expect(await settle()).toBe(1);
  expect(await opened.contact()).toMatchObject({ state: 'pending' });
});

it('all contacts that a person settles are counted, also where a host takes the mailing over in the middle of them', async () => {
  const { clock, ref, tenant } = opened;
  const { ledger, mailings } = opened.host('first');
  await addContact('7002', 2);
  const key = await opened.claim('first');
  await ledger.moveAll(key, { from: 'pending', to: 'in_doubt' }, clock);
  await mailings.release(key);
  const move: typeof ledger.move = async (under, moves, at) => {
    if (under.fence !== key.fence) return ledger.move(under, moves, at);
    await ledger.move(under, moves.slice(0, 1), at);
    await opened.claim('second');
    return ledger.move(under, moves, at);
  };
  const settlement = { as: 'sent', contactIds: ['7001', '7002'] } as const;
  const settling = settleDoubts(
    { ledger: { ...ledger, move }, mailings, clock },
    tenant,
    'm-1',
    settlement,
  );
  expect(await settling).toBe(2);
  expect(await opened.record()).toMatchObject({ ref, in_doubt: 0, sent: 2 });
});

it('a clear by hand that ends late does not free the queue from another clear that has begun by then', async () => {
  const { tenant, clock } = opened;
  const { queues } = opened.host('first');
  const late = clock() + 1000;
  expect(await queues.hold(tenant, '7', dialer, late)).toBeUndefined();
  opened.pass(2000);
  const other = clock() + 60_000;
  expect(await queues.hold(tenant, '7', dialer, other)).toBeUndefined();
  await queues.free(tenant, '7', late);
  expect(await queues.takenFrom(otherOfQueue(), 'dialer')).toEqual({ is: 'clearing' });
  await queues.free(tenant, '7', other);
  expect(await queues.takenFrom(otherOfQueue(), 'dialer')).toBeUndefined();
});

it('a lease ends when its renewal finds that another host has taken the mailing over', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const key = await opened.claim('first');
  const signals = { begins: new AbortController().signal, cuts: new AbortController().signal };
  const lease = holdLease(opened.host('first').mailings, key, performance.now(), signals);
  try {
    expect(lease.isHeld()).toBe(true);
    opened.pass(leaseMs + 1);
    await opened.claim('second');
    vi.advanceTimersByTime(leaseMs);
    await expect.poll(() => lease.ending.aborted).toBe(true);
    expect(lease.isHeld()).toBe(false);
  } finally {
    lease.stop();
    vi.useRealTimers();
  }
});

it('a lease ends by itself three seconds before another host may claim the mailing, and each renewal starts it anew', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  const key = await opened.claim('first');
  const signals = { begins: new AbortController().signal, cuts: new AbortController().signal };
  const { mailings } = opened.host('first');
  const renewals: Promise<MailingState>[] = [];
  const renew = (held: ClaimKey) => {
    const renewal = mailings.renew(held);
    renewals.push(renewal);
    return renewal;
  };
  const hold = () => holdLease({ ...mailings, renew }, key, performance.now(), signals);
  const mostMs = leaseMs - 3000;
  const lasts = (lease: ReturnType<typeof hold>) => {
    lease.stop();
    vi.advanceTimersByTime(mostMs - 1);
    const isHeld = lease.isHeld();
    vi.advanceTimersByTime(1);
    return [isHeld, lease.isHeld()];
  };
  try {
    expect(lasts(hold())).toEqual([true, false]);
    const renewed = hold();
    opened.pass(3000);
    vi.advanceTimersByTime(3000);
    // The renewal is answered after it has written.
    await renewals[0];
    expect(await opened.record()).toMatchObject({ lease_until: opened.clock() + leaseMs });
    expect(lasts(renewed)).toEqual([true, false]);
  } finally {
    vi.useRealTimers();
  }
});

it('a renewal that is answered late extends the lease only from when it was sent, and brings the state that a person has set', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  const key = await opened.claim('first');
  const signals = { begins: new AbortController().signal, cuts: new AbortController().signal };
  const answer = Promise.withResolvers<MailingState>();
  const mailings = { ...opened.host('first').mailings, renew: () => answer.promise };
  const lease = holdLease(mailings, key, performance.now(), signals);
  try {
    vi.advanceTimersByTime(8000);
    answer.resolve('paused');
    await expect.poll(lease.state).toBe('paused');
    lease.stop();
    // The renewal was asked for after three seconds.
    vi.advanceTimersByTime(leaseMs - 8000 - 1);
    expect(lease.isHeld()).toBe(true);
    vi.advanceTimersByTime(1);
    expect(lease.isHeld()).toBe(false);
  } finally {
    vi.useRealTimers();
  }
});

it('a queue belongs to one company: another company may load into or clear a queue of the same name', async () => {
  const { tenant, clock } = opened;
  const { queues } = opened.host('first');
  const key = await opened.claim('first');
  await queues.beginLoad(await opened.record(), key, 'dialer');
  const other = { ...tenant, id: '2001' };
  expect(await queues.takenFrom(otherOfQueue(), 'dialer')).toEqual({
    is: 'busy',
    by: 'm-1',
    why: 'loads',
  });
  expect(
    await queues.takenFrom({ ...otherOfQueue(), tenant_id: other.id }, 'dialer'),
  ).toBeUndefined();
  expect(await queues.takenFrom({ ...otherOfQueue(), queue: '8' }, 'dialer')).toBeUndefined();
  expect(await queues.hold(other, '7', dialer, clock() + 1000)).toBeUndefined();
  expect(await queues.takenFrom(otherOfQueue(), 'dialer')).toEqual({
    is: 'busy',
    by: 'm-1',
    why: 'loads',
  });
});

it('a load does not go on in a queue that another mailing has had since the clear: the contacts already sent are gone', async () => {
  const { clock, store, tenant } = opened;
  const { mailings, queues } = opened.host('first');
  const key = await opened.claim('first');
  await queues.beginLoad(await opened.record(), key, 'dialer');
  await mailings.change(tenant, await opened.record(), key, { cleared_at: clock() });
  await store.db.updateTable('queue_owners').set({ mailing_id: 'm-2' }).execute();
  const record = await opened.record();
  expect(await queues.beginLoad(record, key, 'dialer')).toEqual({ is: 'replaced', by: 'm-2' });
  expect(await opened.record()).toMatchObject({ state: record.state });
  expect(await queues.takenFrom(otherOfQueue(), 'dialer')).toBeUndefined();
});

it('a load does not begin if a person cancels the mailing at the same moment', async () => {
  const { mailings, queues } = opened.host('first');
  const key = await opened.claim('first');
  const before = await opened.record();
  await mailings.command(opened.tenant, 'm-1', 'cancel');
  expect(await queues.beginLoad(before, key, 'dialer')).toEqual({ is: 'changed' });
  expect(await opened.record()).toMatchObject({ state: 'cancelled' });
});

it('a load does not begin in a queue that a person has begun to clear meanwhile: its contacts would be cleared away', async () => {
  const { clock, tenant } = opened;
  const { queues } = opened.host('first');
  const key = await opened.claim('first');
  const before = await opened.record();
  expect(await queues.hold(tenant, '7', dialer, clock() + 1000)).toBeUndefined();
  expect(await queues.beginLoad(before, key, 'dialer')).toEqual({ is: 'clearing' });
  expect(await opened.record()).toMatchObject({ state: 'waiting' });
});

it('a mailing that lost its queue before it had loaded anything no longer counts as replaced once its load begins', async () => {
  const { queues } = opened.host('first');
  await opened.store.db.updateTable('mailings').set({ replaced_at: opened.clock() }).execute();
  const key = await opened.claim('first');
  expect(await queues.beginLoad(await opened.record(), key, 'dialer')).toEqual({ is: 'begun' });
  expect(await opened.record()).toMatchObject({ replaced_at: null });
});

it('a queue that is cleared twice for one load, as after a file that broke off, still belongs to its mailing', async () => {
  const { queues } = opened.host('first');
  const key = await opened.claim('first');
  await queues.beginLoad(await opened.record(), key, 'dialer');
  await queues.cleared(await opened.record(), key, 'dialer');
  await queues.cleared(await opened.record(), key, 'dialer');
  expect(await queues.holderAt(opened.tenant.id, '7', 'dialer')).toBe('m-1');
  expect(await opened.record()).toMatchObject({ replaced_at: null });
});

it('a clear that ends after another mailing has taken the queue does not record what the queue holds', async () => {
  const { queues } = opened.host('first');
  const key = await opened.claim('first');
  await queues.beginLoad(await opened.record(), key, 'dialer');
  await opened.store.db.updateTable('queue_owners').set({ mailing_id: 'm-2' }).execute();
  await queues.cleared(await opened.record(), key, 'dialer');
  expect(await queues.holderAt(opened.tenant.id, '7', 'dialer')).toBeUndefined();
});

it('a clear that ends after another host has taken the mailing does not record what the queue holds: that host clears again, maybe elsewhere', async () => {
  const { queues } = opened.host('first');
  const key = await opened.claim('first');
  await queues.beginLoad(await opened.record(), key, 'dialer');
  opened.pass(leaseMs + 1);
  await opened.claim('second');
  await queues.cleared(await opened.record(), key, 'dialer');
  expect(await queues.holderAt(opened.tenant.id, '7', 'dialer')).toBeUndefined();
});

describe('two connections with a queue of the same name', () => {
  /** Loads another mailing into the same queue at that connection. */
  async function loadNext(id: string, connection: string): Promise<void> {
    const { intakes, mailings, queues } = opened.host('first');
    const { store, tenant } = opened;
    await store.db.updateTable('mailings').set({ state: 'active', lease_until: 0 }).execute();
    const ref = await intakes.create(tenant, { id, queue: '7', parameters: {} });
    await intakes.received(id, { total: 1, rejected: 0, areaCodes: ['41'] });
    const [claimed] = await mailings.claim(1, [], 1);
    const record = await mailings.find(tenant, id);
    if (!claimed || !record) throw new Error('there is no mailing');
    const key = { mailingId: id, fence: claimed.fence, ref };
    expect(await queues.beginLoad(record, key, connection)).toEqual({ is: 'begun' });
    await queues.cleared(record, key, connection);
    await mailings.change(tenant, record, key, { cleared_at: opened.clock() });
  }

  const holders = async () => {
    const { queues } = opened.host('first');
    return Promise.all(['a', 'b'].map((name) => queues.holderAt(opened.tenant.id, '7', name)));
  };

  it('each hold the mailing that was loaded there last', async () => {
    await loadNext('m-2', 'a');
    expect(await holders()).toEqual(['m-2', undefined]);
    await loadNext('m-3', 'b');
    expect(await holders()).toEqual(['m-2', 'm-3']);
    await loadNext('m-4', 'a');
    expect(await holders()).toEqual(['m-4', 'm-3']);
  });

  it('each keep dialing the mailing that was loaded there, until another mailing begins there', async () => {
    const { mailings } = opened.host('first');
    const dialed = async () => {
      await opened.store.db
        .updateTable('mailings')
        .set({ state: 'active', lease_until: 0 })
        .execute();
      const active = await mailings.active(opened.clock());
      // m-1 was never loaded.
      return active.flatMap(({ id }) => (id === 'm-1' ? [] : [id])).toSorted();
    };
    await loadNext('m-2', 'a');
    await loadNext('m-3', 'b');
    expect(await dialed()).toEqual(['m-2', 'm-3']);
    await loadNext('m-4', 'a');
    expect(await dialed()).toEqual(['m-3', 'm-4']);
  });

  it('each take a retry of the mailing that was loaded there, whatever was loaded at the other connection since', async () => {
    const { mailings, queues } = opened.host('first');
    await loadNext('m-2', 'a');
    await loadNext('m-3', 'b');
    const retried = async (id: string, connection: string) => {
      const waiting = { state: 'waiting', lease_until: 0 } as const;
      await opened.store.db
        .updateTable('mailings')
        .set({ state: 'active', lease_until: 0 })
        .execute();
      await opened.store.db.updateTable('mailings').set(waiting).where('id', '=', id).execute();
      const [claimed] = await mailings.claim(1, [], 1);
      const record = await mailings.find(opened.tenant, id);
      if (!claimed || !record) throw new Error('there is no mailing');
      return queues.beginLoad(record, { mailingId: id, fence: claimed.fence }, connection);
    };
    expect(await retried('m-2', 'b')).toEqual({ is: 'replaced', by: 'm-3' });
    expect(await retried('m-2', 'a')).toEqual({ is: 'begun' });
    expect(await holders()).toEqual(['m-2', 'm-3']);
    expect(await retried('m-3', 'b')).toEqual({ is: 'begun' });
    await loadNext('m-4', 'a');
    expect(await retried('m-2', 'a')).toEqual({ is: 'replaced', by: 'm-4' });
    expect(await retried('m-3', 'b')).toEqual({ is: 'begun' });
  });

  it('each let the waiting mailing go on whose contacts are there, and keep the other one waiting', async () => {
    const { mailings, queues } = opened.host('first');
    await loadNext('m-2', 'a');
    await loadNext('m-3', 'b');
    await opened.store.db
      .updateTable('mailings')
      .set({ state: 'waiting', lease_until: 0 })
      .where('id', '!=', 'm-1')
      .execute();
    const taken = async (id: string, connection: string) => {
      const record = await mailings.find(opened.tenant, id);
      return record && queues.takenFrom(record, connection);
    };
    expect(await taken('m-2', 'a')).toBeUndefined();
    expect(await taken('m-3', 'a')).toEqual({ is: 'busy', by: 'm-2', why: 'loads' });
    expect(await taken('m-3', 'b')).toBeUndefined();
  });

  it('each let no load begin while a host holds the mailing that is dialed there, and do not block the other connection', async () => {
    const { intakes, mailings, queues } = opened.host('first');
    const { store, tenant, pass, clock } = opened;
    await loadNext('m-2', 'a');
    await loadNext('m-3', 'b');
    pass(leaseMs + 1);
    await store.db.updateTable('mailings').set({ state: 'active' }).execute();
    const dialed = (await mailings.active(clock())).find(({ id }) => id === 'm-2');
    if (!dialed) throw new Error('it is not dialed');
    expect(await mailings.takeActive(dialed, clock())).toBe(true);
    await intakes.create(tenant, { id: 'm-4', queue: '7', parameters: {} });
    await intakes.received('m-4', { total: 1, rejected: 0, areaCodes: ['41'] });
    const [claimed] = await mailings.claim(1, [], 1);
    const record = await mailings.find(tenant, 'm-4');
    if (!claimed || !record) throw new Error('there is no mailing');
    const key = { mailingId: 'm-4', fence: claimed.fence };
    const busy = { is: 'busy', by: 'm-2', why: 'ends' };
    expect(await queues.takenFrom(record, 'a')).toEqual(busy);
    expect(await queues.beginLoad(record, key, 'a')).toEqual(busy);
    expect(await queues.takenFrom(record, 'b')).toBeUndefined();
    await mailings.release({ mailingId: 'm-2', fence: dialed.fence });
    expect(await queues.takenFrom(record, 'a')).toBeUndefined();
    expect(await queues.beginLoad(record, key, 'a')).toEqual({ is: 'begun' });
  });

  it('both count as holding a mailing loaded before connections were recorded, until one of them is cleared', async () => {
    await loadNext('m-2', 'a');
    await opened.store.db
      .updateTable('mailings')
      .set({ connection: null })
      .where('id', '=', 'm-2')
      .execute();
    expect(await holders()).toEqual(['m-2', 'm-2']);
    await loadNext('m-3', 'b');
    expect(await holders()).toEqual([undefined, 'm-3']);
  });
});

it.each([
  ['is being loaded', { state: 'loading' }],
  ['is cancelled', { state: 'cancelled' }],
  ['ends', { state: 'deactivating' }],
  ['has ended', { state: 'finished' }],
  ['has lost its queue', { state: 'active', replaced_at: 1 }],
] as const)(
  'contacts in doubt are not put back if their mailing %s: they would be sent beside its load, or never',
  async (_name, left) => {
    const { clock, tenant } = opened;
    const { ledger, mailings } = opened.host('first');
    const key = await opened.claim('first');
    await ledger.moveAll(key, { from: 'pending', to: 'in_doubt' }, clock);
    await mailings.release(key);
    await opened.store.db.updateTable('mailings').set(left).execute();
    await expect(
      settleDoubts({ ledger, mailings, clock }, tenant, 'm-1', { as: 'pending' }),
    ).rejects.toThrow(RequestError);
    expect(await opened.contact()).toMatchObject({ state: 'in_doubt' });
  },
);

it.each([
  ['was answered', 'settle', 'sent'],
  ['was on its way', 'send', 'in_doubt'],
] as const)(
  'contacts of a cancelled mailing whose host died count as sent if their file was answered, otherwise as in doubt: the file %s',
  async (_name, step, state) => {
    const { clock } = opened;
    const { ledger, mailings } = opened.host('second');
    await opened.store.db
      .updateTable('mailings')
      .set({ state: 'cancelled', step, file_at: clock() })
      .execute();
    const key = await opened.claim('second');
    const signals = { begins: new AbortController().signal, cuts: new AbortController().signal };
    const lease = holdLease(mailings, key, performance.now(), signals);
    await settleGivenUp({ ledger, mailings, clock }, await opened.record(), lease);
    lease.stop();
    expect(await opened.contact()).toMatchObject({ state });
    expect(await opened.record()).toMatchObject({ pending: 0, [state]: 1, step: null });
  },
);

it('contacts of a cancelled mailing whose host died while it sent them by request are in doubt', async () => {
  const { clock } = opened;
  const { ledger, mailings } = opened.host('second');
  const key = await opened.claim('second');
  await ledger.moveAll(key, { from: 'pending', to: 'sending' }, clock);
  await opened.store.db.updateTable('mailings').set({ state: 'cancelled', step: 'send' }).execute();
  const signals = { begins: new AbortController().signal, cuts: new AbortController().signal };
  const lease = holdLease(mailings, key, performance.now(), signals);
  await settleGivenUp({ ledger, mailings, clock }, await opened.record(), lease);
  lease.stop();
  expect(await opened.contact()).toMatchObject({ state: 'in_doubt' });
});

describe.each(['send', 'settle'] as const)(
  'until a file at step "%s" is settled, which counts every pending contact as sent',
  (step) => {
    const left = { state: 'paused', step, file_at: 1, lease_until: 0 } as const;

    it('a contact in doubt is not put back to pending', async () => {
      const { clock, tenant, store } = opened;
      const { ledger, mailings } = opened.host('first');
      await ledger.moveAll(await opened.claim('first'), { from: 'pending', to: 'in_doubt' }, clock);
      await store.db.updateTable('mailings').set(left).execute();
      await expect(
        settleDoubts({ ledger, mailings, clock }, tenant, 'm-1', { as: 'pending' }),
      ).rejects.toThrow(RequestError);
      expect(await opened.contact()).toMatchObject({ state: 'in_doubt' });
    });

    it('a refused contact is not put back to pending by a retry', async () => {
      const { clock, tenant, store } = opened;
      const { ledger, mailings } = opened.host('first');
      await ledger.moveAll(await opened.claim('first'), { from: 'pending', to: 'failed' }, clock);
      await store.db
        .updateTable('mailings')
        .set({ ...left, state: 'stopped' })
        .execute();
      await steerMailing({ ledger, mailings, clock }, tenant, 'm-1', 'retry');
      expect(await opened.contact()).toMatchObject({ state: 'failed' });
    });
  },
);
