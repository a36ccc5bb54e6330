import { expect, test } from 'vitest';
import { fetchLeaseMs } from '../../src/results/claimed-fetches.ts';
import { createResultFetches } from '../../src/results/result-fetches.ts';
import { FetchLost } from '../../src/results/attempt-writes.ts';
import { SeenRows } from '../../src/results/seen-rows.ts';
import { meanwhile } from '../support/meanwhile.ts';
import { openResults } from '../support/open-results.ts';

test('a fetch requested while another is under way runs after it, even if the first plans no next fetch', async () => {
  const { store, close } = await openResults();
  let now = Date.UTC(2026, 10, 24, 12);
  const fetches = createResultFetches(store, () => now);
  const mailing = { id: 'm-1', ref: 1, tenantId: '1042', connection: 'dialer' };
  const claim = async () => (await fetches.claimDue(1, []))[0];
  await fetches.request(mailing, { isFinal: false });
  const first = await claim();
  if (!first) throw new Error('nothing was claimed');
  now += 1000;
  await fetches.request(mailing, { isFinal: true });
  const told = { unreadable: 0, unreadableSample: [], outside: 0 };
  expect(await fetches.complete(first, told, null)).toBe(true);
  // Shown as complete, the first fetch would pass for the one that was requested meanwhile.
  expect(await fetches.find('m-1')).toMatchObject({ state: 'waiting' });
  const second = await claim();
  if (!second) throw new Error('what was asked for meanwhile is forgotten');
  expect(second.results.isFinal).toBe(true);
  expect(await fetches.complete(second, told, null)).toBe(true);
  expect(await claim()).toBeUndefined();
  await close();
});

test('a fetch knows whether the previous fetch failed, or was left behind by a host that died', async () => {
  const { store, close } = await openResults();
  let now = Date.UTC(2026, 10, 24, 12);
  const fetches = createResultFetches(store, () => now);
  const mailing = { id: 'm-1', ref: 1, tenantId: '1042', connection: 'dialer' };
  const claim = async () => {
    const [claimed] = await fetches.claimDue(1, []);
    if (!claimed) throw new Error('nothing was claimed');
    return claimed;
  };
  await fetches.request(mailing, { isFinal: false });
  const first = await claim();
  expect(first.isAfterFailure).toBe(false);
  // Its host dies: nothing ends it, and its lease runs out.
  now += 600_000;
  await fetches.failForsaken();
  now += 5000;
  const second = await claim();
  expect(second.isAfterFailure).toBe(true);
  await fetches.fail(second, { code: 'network', message: 'It broke off.' }, now);
  const third = await claim();
  expect(third.isAfterFailure).toBe(true);
  await fetches.complete(third, { unreadable: 0, unreadableSample: [], outside: 0 }, now);
  expect((await claim()).isAfterFailure).toBe(false);
  await close();
});

test("failures of a mailing's fetches are counted until a fetch completes or a person requests one", async () => {
  const { store, close } = await openResults();
  const now = Date.UTC(2026, 10, 24, 12);
  const fetches = createResultFetches(store, () => now);
  const mailing = { id: 'm-1', ref: 1, tenantId: '1042', connection: 'dialer' };
  await fetches.request(mailing, { isFinal: false });
  const claim = async () => {
    const [claimed] = await fetches.claimDue(1, []);
    if (!claimed) throw new Error('nothing was claimed');
    return claimed;
  };
  const fail = async () => fetches.fail(await claim(), { code: 'network', message: 'Away.' }, now);
  const tries = async () => (await fetches.find('m-1'))?.tries;
  await fail();
  await fail();
  expect(await tries()).toBe(2);
  const told = { unreadable: 0, unreadableSample: [], outside: 0 };
  await fetches.complete(await claim(), told, now);
  expect(await tries()).toBe(0);
  await fail();
  await fetches.request(mailing, { isFinal: false });
  expect(await tries()).toBe(0);
  await close();
});

test('a fetch whose host died is marked as failed with a hint about memory, and due after a longer pause each time', async () => {
  const { store, close } = await openResults();
  let now = Date.UTC(2026, 10, 24, 12);
  const fetches = createResultFetches(store, () => now);
  await fetches.request(
    { id: 'm-1', ref: 1, tenantId: '1042', connection: 'dialer' },
    { isFinal: true },
  );
  const forsaken = { mailingId: 'm-1', tenantId: '1042' };
  for (const pauseMs of [5000, 30_000, 120_000, 300_000]) {
    expect(await fetches.claimDue(1, [])).toHaveLength(1);
    expect(await fetches.failForsaken()).toEqual([]);
    now += fetchLeaseMs + 1;
    expect(await fetches.claimDue(1, [])).toEqual([]);
    expect(await fetches.failForsaken()).toEqual([forsaken]);
    expect(await fetches.failForsaken()).toEqual([]);
    expect(await fetches.find('m-1')).toMatchObject({
      state: 'failed',
      error: { code: 'internal', hint: expect.stringContaining('memory') },
      nextAt: now + pauseMs,
    });
    expect(await fetches.claimDue(1, [])).toEqual([]);
    now += pauseMs;
  }
  await close();
});

test("a fetch requested while a dead host's fetch is being marked as failed is due at once", async () => {
  const { store, close } = await openResults();
  let now = Date.UTC(2026, 10, 24, 12);
  const fetches = createResultFetches(store, () => now);
  const mailing = { id: 'm-1', ref: 1, tenantId: '1042', connection: 'dialer' };
  await fetches.request(mailing, { isFinal: true });
  expect(await fetches.claimDue(1, [])).toHaveLength(1);
  now += fetchLeaseMs + 1;
  const late = meanwhile(store, 'mailing_results', () =>
    fetches.request(mailing, { isFinal: true }),
  );
  expect(await createResultFetches(late, () => now).failForsaken()).toEqual([]);
  expect(await fetches.find('m-1')).toMatchObject({ tries: 0, nextAt: now });
  await close();
});

test('of two hosts that look for due fetches at the same moment, only one claims the fetch', async () => {
  const { store, close } = await openResults();
  const now = Date.UTC(2026, 10, 24, 12);
  const quick = createResultFetches(store, () => now);
  await quick.request(
    { id: 'm-1', ref: 1, tenantId: '1042', connection: 'dialer' },
    { isFinal: false },
  );
  const late = meanwhile(store, 'mailing_results', () => quick.claimDue(1, []));
  expect(await createResultFetches(late, () => now).claimDue(1, [])).toEqual([]);
  await close();
});

test('a host whose fetch was taken over by another host can neither store attempts nor end the fetch', async () => {
  const { store, attempts, close } = await openResults();
  let now = Date.UTC(2026, 10, 24, 12);
  const fetches = createResultFetches(store, () => now);
  await fetches.request(
    { id: 'm-1', ref: 1, tenantId: '1042', connection: 'dialer' },
    { isFinal: false },
  );
  const [frozen] = await fetches.claimDue(1, []);
  now += 600_000;
  await fetches.failForsaken();
  now += 5000;
  const [other] = await fetches.claimDue(1, []);
  if (!frozen || !other) throw new Error('it was not claimed');
  const row = {
    key: 'i:a-1',
    earlierKeys: () => [],
    contactId: '7001',
    matchedBy: 'contact' as const,
    numberHash: '0',
    sealedNumber: '',
    status: 1,
    callId: null,
    extension: null,
    at: now,
    duration: null,
  };
  const write = ({ fetchId }: typeof other) =>
    attempts.write({
      connection: 'dialer',
      ref: 1,
      fetchId,
      leaseUntil: now + 60_000,
      rows: [row],
      seen: new SeenRows(),
      wordOf: () => 'BUSY',
    });
  await expect(write(frozen)).rejects.toThrow(FetchLost);
  const told = { unreadable: 0, unreadableSample: [], outside: 0 };
  expect(await fetches.complete(frozen, told, null)).toBe(false);
  expect(await fetches.fail(frozen, { code: 'network', message: 'It broke off.' }, now)).toBe(
    false,
  );
  expect(await write(other)).toEqual({ added: 1, changed: 0 });
  expect(await fetches.complete(other, told, null)).toBe(true);
  await close();
});

const told = { unreadable: 0, unreadableSample: [], outside: 0 };
const mailingOf = (id: string, ref: number, tenantId = '1042') => ({
  id,
  ref,
  tenantId,
  connection: 'dialer',
});

test('a fetch is not marked as failed while its host extends the lease, even if it does so in the middle of the check', async () => {
  const { store, close } = await openResults();
  let now = Date.UTC(2026, 10, 24, 12);
  const fetches = createResultFetches(store, () => now);
  await fetches.request(mailingOf('m-1', 1), { isFinal: false });
  const [claimed] = await fetches.claimDue(1, []);
  if (!claimed) throw new Error('nothing was claimed');
  for (let times = 0; times < 3; times += 1) {
    now += fetchLeaseMs;
    expect(await fetches.failForsaken()).toEqual([]);
    await fetches.extend(claimed);
  }
  // A frozen host resumes, and extends the lease while another host checks it.
  now += fetchLeaseMs + 1;
  const late = meanwhile(store, 'mailing_results', () => fetches.extend(claimed));
  expect(await createResultFetches(late, () => now).failForsaken()).toEqual([]);
  expect(await fetches.complete(claimed, told, null)).toBe(true);
  await close();
});

test('a fetch that another host completes while this host looks for due fetches is not claimed again', async () => {
  const { store, close } = await openResults();
  const now = Date.UTC(2026, 10, 24, 12);
  const fetches = createResultFetches(store, () => now);
  await fetches.request(mailingOf('m-1', 1), { isFinal: false });
  const late = meanwhile(store, 'mailing_results', async () => {
    const [claimed] = await fetches.claimDue(1, []);
    if (claimed) await fetches.complete(claimed, told, now + 60_000);
  });
  expect(await createResultFetches(late, () => now).claimDue(1, [])).toEqual([]);
  expect(await fetches.find('m-1')).toMatchObject({ state: 'complete' });
  await close();
});

test('a host claims at most one fetch per company at a time', async () => {
  const { store, close } = await openResults();
  let now = Date.UTC(2026, 10, 24, 12);
  const fetches = createResultFetches(store, () => now);
  for (const ref of [1, 2, 3]) {
    await fetches.request(mailingOf(`m-${ref}`, ref), { isFinal: false });
    now += 1;
  }
  await fetches.request(mailingOf('m-4', 4, '2001'), { isFinal: false });
  const ids = (claimed: Awaited<ReturnType<typeof fetches.claimDue>>) =>
    claimed.map(({ results }) => results.mailingId);
  expect(ids(await fetches.claimDue(3, []))).toEqual(['m-1', 'm-4']);
  expect(ids(await fetches.claimDue(3, ['1042', '2001']))).toEqual([]);
  expect(ids(await fetches.claimDue(3, ['2001']))).toEqual(['m-2']);
  await close();
});

test('a final fetch requested again by a person while it is under way stays final, and counts as following a failure if it fails', async () => {
  const { store, close } = await openResults();
  let now = Date.UTC(2026, 10, 24, 12);
  const fetches = createResultFetches(store, () => now);
  await fetches.request(mailingOf('m-1', 1), { isFinal: true });
  const [failed] = await fetches.claimDue(1, []);
  if (!failed) throw new Error('nothing was claimed');
  now += 1;
  await fetches.request(mailingOf('m-1', 1), { isFinal: false });
  expect(await fetches.find('m-1')).toMatchObject({ state: 'fetching', isFinal: true });
  await fetches.fail(failed, { code: 'network', message: 'Away.' }, null);
  // Nobody has been notified of what the failed fetch stored.
  expect(await fetches.claimDue(1, [])).toMatchObject([
    { results: { isFinal: true }, isAfterFailure: true },
  ]);
  await close();
});

test('a fetch that a killed host had begun is tried again without waiting for its lease, if no other host can have it', async () => {
  const { store, close } = await openResults();
  const now = Date.UTC(2026, 10, 24, 12);
  const fetches = createResultFetches(store, () => now);
  const mailing = { id: 'm-1', ref: 1, tenantId: '1042', connection: 'dialer' };
  await fetches.request(mailing, { isFinal: false });
  expect(await fetches.claimDue(1, [])).toHaveLength(1);
  expect(await fetches.failForsaken()).toEqual([]);
  await fetches.forsakeAll();
  expect(await fetches.failForsaken()).toEqual([{ mailingId: 'm-1', tenantId: '1042' }]);
  // Later than at once: the report may be what the host died of.
  expect(await fetches.claimDue(1, [])).toEqual([]);
  expect(await fetches.find('m-1')).toMatchObject({ state: 'failed', tries: 1 });
  await close();
});

test.each([{ error: '{"code":"net' }, { unreadable_sample: '["12' }])(
  'a damaged row of results keeps no other mailing from its results: %j',
  async (damage) => {
    const { store, close } = await openResults();
    const now = Date.UTC(2026, 10, 24, 12);
    const fetches = createResultFetches(store, () => now);
    for (const [ref, tenantId] of ['1042', '1043', '1044'].entries()) {
      const mailing = { id: `m-${ref}`, ref, tenantId, connection: 'dialer' };
      await fetches.request(mailing, { isFinal: false });
    }
    await store.db
      .updateTable('mailing_results')
      .set(damage)
      .where('mailing_id', '=', 'm-1')
      .execute();
    const claimed = await fetches.claimDue(9, []);
    expect(claimed.map(({ results }) => results.mailingId).toSorted()).toEqual([
      'm-0',
      'm-1',
      'm-2',
    ]);
    expect(await fetches.find('m-1')).toMatchObject({ error: undefined, unreadableSample: [] });
    await close();
  },
);
