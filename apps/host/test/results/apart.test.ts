// Results of several mailings and companies lie in the same tables.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Tenant } from '../../src/tenants/tenant.ts';
import type { WrittenChunk } from '../../src/results/attempt-writes.ts';
import { SeenRows } from '../../src/results/seen-rows.ts';
import { createStatusStore } from '../../src/results/vendor-statuses.ts';
import { openResults } from '../support/open-results.ts';
import { recordsOf } from '../support/records.ts';

let opened: Awaited<ReturnType<typeof openResults>>;
let other: Tenant;
beforeEach(async () => {
  opened = await openResults();
  other = { ...opened.tenant, id: '2001' };
});
afterEach(() => opened.close());

interface Reported {
  readonly callId: string;
  readonly status: number;
  readonly at?: number;
  readonly isForeign?: boolean;
  /** The call id under which the vendor reported the attempt before. */
  readonly earlier?: string;
}

/** Stores what was reported for a mailing, as a fetch does. */
async function report(
  mailing: { readonly id: string; readonly ref: number; readonly tenantId: string },
  rows: readonly Reported[],
): Promise<WrittenChunk> {
  const { attempts, fetches } = opened;
  await fetches.request({ ...mailing, connection: 'dialer' }, { isFinal: false });
  const [claimed] = await fetches.claimDue(1, []);
  if (!claimed) throw new Error('nothing was claimed');
  const written = await attempts.write({
    connection: 'dialer',
    ref: mailing.ref,
    fetchId: claimed.fetchId,
    leaseUntil: Date.now() + 60_000,
    rows: rows.map(({ callId, status, at = 0, isForeign = false, earlier }) => ({
      key: `c:${callId}`,
      earlierKeys: () => (earlier === undefined ? [] : [`c:${earlier}`]),
      contactId: mailing.id,
      matchedBy: isForeign ? ('none' as const) : ('contact' as const),
      numberHash: '0'.repeat(32),
      sealedNumber: opened.tenant.cipher.seal(`attempts/${'0'.repeat(32)}`, '+5541999990001'),
      status,
      callId,
      extension: null,
      at,
      duration: null,
    })),
    seen: new SeenRows(),
    wordOf: () => 'BUSY',
  });
  const told = { unreadable: 0, unreadableSample: [], outside: 0 };
  await fetches.complete(claimed, told, null);
  return written;
}

const mine = { id: 'm-1', ref: 1, tenantId: '1042' };
const next = { id: 'm-2', ref: 2, tenantId: '1042' };
const foreign = { id: 'm-3', ref: 3, tenantId: '2001' };

describe('attempts of several mailings and companies', () => {
  beforeEach(async () => {
    await report(mine, [
      { callId: 'c-1', status: 1 },
      { callId: 'c-2', status: 2, isForeign: true },
    ]);
    await report(next, [
      { callId: 'c-1', status: 1, at: 1000 },
      { callId: 'c-3', status: 1 },
    ]);
    await report(foreign, [{ callId: 'c-1', status: 1, at: 2000 }]);
  });

  it('are read only as part of their own mailing', async () => {
    const { attempts, statuses, tenant } = opened;
    const page = { after: 0, upTo: 10, limit: 10, statuses: await statuses.read(tenant) };
    const callsOf = async (ref: number, isForeign: boolean) => {
      const read = await attempts.page(tenant, ref, { ...page, filter: { foreign: isForeign } });
      return read.attempts.map(({ callId, contactId }) => `${contactId} ${callId}`);
    };
    expect(await callsOf(1, false)).toEqual(['m-1 c-1']);
    expect(await callsOf(1, true)).toEqual(['m-1 c-2']);
    expect(await callsOf(2, false)).toEqual(['m-2 c-1', 'm-2 c-3']);
  });

  it('are counted per mailing and per company', async () => {
    const { attempts } = opened;
    expect(await attempts.counts(2)).toEqual([
      { mailing: 2, status: 1, matched_by: 'contact', count: 2 },
    ]);
    expect(
      (await attempts.countsOf('1042')).toSorted((left, right) => left.status - right.status),
    ).toEqual([
      { status: 1, count: 3 },
      { status: 2, count: 1 },
    ]);
    expect(await attempts.countsOf('2001')).toEqual([{ status: 1, count: 1 }]);
  });

  it('are found by call id only within their own company, the latest first', async () => {
    const { attempts, statuses, tenant } = opened;
    const words = await statuses.read(tenant);
    const found = await attempts.findByCall(tenant, 'c-1', words);
    expect(found.map(({ mailingId }) => mailingId)).toEqual(['m-2', 'm-1']);
    expect(await attempts.findByCall(other, 'c-3', words)).toEqual([]);
  });

  it('are updated, or given a new call id, only in their own mailing, even if other mailings have the same call ids', async () => {
    const known = { added: 0, changed: 0 };
    const wasInNext: readonly Reported[] = [
      { callId: 'c-1', status: 1, at: 1000 },
      { callId: 'c-3', status: 1 },
    ];
    expect(
      await report(mine, [
        { callId: 'c-1', status: 3 },
        { callId: 'c-9', earlier: 'c-2', status: 2, isForeign: true },
      ]),
    ).toEqual({ added: 0, changed: 2 });
    expect(await report(next, wasInNext)).toEqual(known);
    expect(await report(foreign, [{ callId: 'c-1', status: 1, at: 2000 }])).toEqual(known);
    expect(await report(mine, [{ callId: 'c-9', status: 2, isForeign: true }])).toEqual(known);
    // The earlier call id is known in another mailing only, so this is a new attempt.
    expect(await report(next, [{ callId: 'c-8', earlier: 'c-9', status: 1 }])).toEqual({
      added: 1,
      changed: 0,
    });
  });

  it('are removed if their mailing no longer exists, and kept if it does', async () => {
    const { attempts, store, tenant } = opened;
    await recordsOf(store, 'this', Date.now).intakes.create(tenant, {
      id: 'm-2',
      queue: '7',
      parameters: {},
    });
    expect(await attempts.removeLeft()).toBe(2);
    const left = await store.db.selectFrom('attempts').select(['mailing', 'call_id']).execute();
    expect(left.toSorted((one, two) => `${one.call_id}`.localeCompare(`${two.call_id}`))).toEqual([
      { mailing: 2, call_id: 'c-1' },
      { mailing: 2, call_id: 'c-3' },
    ]);
    expect(await attempts.counts(2)).toHaveLength(1);
    expect(await opened.fetches.find('m-2')).toMatchObject({ lastSeq: 2 });
  });
});

it('a reader waiting for an outcome is not moved past an attempt that a new status map later gives that outcome', async () => {
  const { attempts, statuses, tenant, setOutcomes } = opened;
  setOutcomes({ CAIXA: 'busy' });
  const { idsOf } = await statuses.recorder(tenant, 'dialer');
  const [status = 0] = await idsOf(['CAIXA']);
  await report(mine, [{ callId: 'c-1', status }]);
  const wanted = async () =>
    attempts.page(tenant, 1, {
      after: 0,
      upTo: 1,
      limit: 10,
      filter: { foreign: false, outcomes: new Set(['voicemail', 'failed']) },
      statuses: await statuses.read(tenant),
    });
  await idsOf(['OTHER']);
  setOutcomes({ CAIXA: 'busy', OTHER: 'failed' });
  expect(await wanted()).toMatchObject({ attempts: [], lastSeq: 0 });
  setOutcomes({ CAIXA: 'voicemail' });
  expect(await wanted()).toMatchObject({ attempts: [{ callId: 'c-1' }] });
});

describe('the status words of a vendor', () => {
  /** A company whose connections map each status to the outcome given here, except B, which they all map to `rejected`. */
  const companyOf = (
    id: string,
    meanings: Readonly<Record<string, 'answered' | 'busy' | 'failed'>>,
  ): Tenant => {
    const [dialer] = opened.tenant.connections.values();
    if (!dialer) throw new Error('there is no connection');
    const connections = Object.entries(meanings).map(([name, outcome]) => {
      const dialerResults = {
        outcomeOf: (status: string) => (status === 'B' ? 'rejected' : outcome),
        async *read() {},
      };
      return [name, { ...dialer, name, adapter: { features: { dialerResults } } }] as const;
    });
    return { ...opened.tenant, id, connections: new Map(connections) };
  };

  const words = async (tenant: Tenant) =>
    (await createStatusStore(opened.store).read(tenant)).all.map(
      ({ connection, status, outcome }) => `${connection} ${status} ${outcome}`,
    );

  it('belong to one connection of one company, even if other connections report the same words', async () => {
    const store = createStatusStore(opened.store);
    const first = companyOf('1042', { one: 'answered', two: 'busy' });
    const second = companyOf('2001', { one: 'failed' });
    const idsOf = async (tenant: Tenant, connection: string, ...said: string[]) =>
      (await store.recorder(tenant, connection)).idsOf(said);
    expect(await idsOf(first, 'one', 'A', 'B')).toEqual([1, 2]);
    expect(await idsOf(second, 'one', 'B')).toEqual([1]);
    expect(await idsOf(first, 'two', 'B', 'A')).toEqual([3, 4]);
    expect(await idsOf(second, 'one', 'A', 'B')).toEqual([2, 1]);
    expect(await idsOf(first, 'one', 'B', 'A')).toEqual([2, 1]);
    expect(await words(first)).toEqual([
      'one A answered',
      'one B rejected',
      'two B rejected',
      'two A busy',
    ]);
    expect(await words(second)).toEqual(['one B rejected', 'one A failed']);
  });

  it('keep their last known outcome, per company, while their connection cannot be used', async () => {
    const store = createStatusStore(opened.store);
    for (const id of ['1042', '2001']) {
      const { idsOf } = await store.recorder(companyOf(id, { one: 'answered' }), 'one');
      await idsOf(['A', 'B']);
    }
    await words(companyOf('1042', { one: 'busy' }));
    expect(await words(companyOf('1042', {}))).toEqual(['one A busy', 'one B rejected']);
    expect(await words(companyOf('2001', {}))).toEqual(['one A answered', 'one B rejected']);
  });

  it('are cut to 200 characters, and count as one word if they begin alike', async () => {
    const { idsOf, wordOf } = await opened.statuses.recorder(opened.tenant, 'dialer');
    const long = 'X'.repeat(200);
    expect(await idsOf([`${long}Y`, `${long}Z`, long])).toEqual([1, 1, 1]);
    expect(wordOf(1)).toBe(long);
  });
});
