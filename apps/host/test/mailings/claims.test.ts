import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { expect, it, onTestFinished } from 'vitest';
import { leaseMs } from '../../src/mailings/mailing-state.ts';
import { createVault } from '../../src/store/vault.ts';
import { TenantDocumentSchema } from '../../src/tenants/tenant-document.ts';
import { createTenantStore } from '../../src/tenants/tenant-store.ts';
import { openTestStore } from '../support/host-place.ts';
import { meanwhile } from '../support/meanwhile.ts';
import { openOneMailing } from '../support/one-mailing.ts';
import { recordsOf } from '../support/records.ts';

it('a check of dialing does not take a mailing whose queue another mailing took after the look-up: its ended dialing would be restarted', async () => {
  const { store, close } = await openTestStore();
  onTestFinished(close);
  const vault = createVault(store, [{ id: 'test', key: randomBytes(32) }]);
  const tenant = { id: '1042', cipher: await vault.cipher('1042') };
  const at = 1_764_000_000_000;
  const { intakes, mailings } = recordsOf(store, 'host', () => at);
  await intakes.create(tenant, { id: 'm-1', queue: '7', parameters: {} });
  await store.db
    .updateTable('mailings')
    .set({ state: 'active', cleared_at: at, lease_until: 0 })
    .execute();
  const due = await mailings.active(at);
  expect(due).toHaveLength(1);
  await store.db.updateTable('mailings').set({ replaced_at: at }).execute();
  for (const claimed of due) expect(await mailings.takeActive(claimed, at + leaseMs)).toBe(false);
});

it('giving up an orphaned mailing sweeps it if its company was deleted, and leaves it if the company exists but is unknown to this host', async () => {
  const { store, close } = await openTestStore();
  onTestFinished(close);
  const vault = createVault(store, [{ id: 'test', key: randomBytes(32) }]);
  const at = 1_764_000_000_000;
  const { intakes, mailings } = recordsOf(store, 'host', () => at);
  const known = v.parse(TenantDocumentSchema, { id: '2001', name: 'New' });
  await createTenantStore(store, vault).save(known, 'test');
  for (const id of ['1042', '2001']) {
    const tenant = { id, cipher: await vault.cipher(id) };
    await intakes.create(tenant, { id: `m-${id}`, queue: '7', parameters: {} });
    await intakes.received(`m-${id}`, { total: 0, rejected: 0, areaCodes: [] });
  }
  const claimed = await mailings.claim(10, [], 10);
  expect(claimed).toHaveLength(2);
  for (const { id, fence } of claimed) await mailings.giveUpOrphan({ mailingId: id, fence });
  expect(await intakes.abandoned()).toEqual(['m-1042']);
  expect(await intakes.sweep('m-1042')).toBe('swept');
});

it('of two hosts that look for work at the same moment only one claims a mailing: otherwise each contact would be sent twice', async () => {
  const { store, clock, host, record, close } = await openOneMailing();
  onTestFinished(close);
  const late = meanwhile(store, 'mailings', () => host('quick').mailings.claim(1, [], 1));
  const slow = recordsOf(late, 'slow', clock).mailings;
  expect(await slow.claim(1, [], 1)).toEqual([]);
  expect(await record()).toMatchObject({ host_id: 'quick' });
});

it('a host does not claim a mailing that another host has had and released meanwhile: its fence might be smaller, so that a superseded host could write', async () => {
  const { store, clock, host, record, close } = await openOneMailing();
  onTestFinished(close);
  const quick = host('quick').mailings;
  let fence = 0;
  const late = meanwhile(store, 'mailings', async () => {
    const [claimed] = await quick.claim(1, [], 1);
    fence = claimed?.fence ?? 0;
    await quick.release({ mailingId: 'm-1', fence });
  });
  expect(await recordsOf(late, 'slow', clock).mailings.claim(1, [], 1)).toEqual([]);
  expect(await record()).toMatchObject({ fence, lease_until: 0 });
});

it('a slow host that renews its lease while another host looks for work keeps the mailing: its requests may still be under way', async () => {
  const { store, clock, claim, host, pass, record, close } = await openOneMailing();
  onTestFinished(close);
  const key = await claim('slow');
  pass(leaseMs + 1);
  const late = meanwhile(store, 'mailings', () => host('slow').mailings.renew(key));
  expect(await recordsOf(late, 'other', clock).mailings.claim(1, [], 1)).toEqual([]);
  expect(await record()).toMatchObject({ host_id: 'slow', fence: key.fence });
});

it('a company with more waiting mailings than are read at once does not hide the mailings of other companies', async () => {
  const { store, close } = await openTestStore();
  onTestFinished(close);
  const vault = createVault(store, [{ id: 'test', key: randomBytes(32) }]);
  let at = 1_764_000_000_000;
  const { intakes, mailings } = recordsOf(store, 'host', () => at);
  const take = async (tenantId: string, id: string) => {
    at += 1000;
    const tenant = { id: tenantId, cipher: await vault.cipher(tenantId) };
    await intakes.create(tenant, { id, queue: id, parameters: {} });
    await intakes.received(id, { total: 0, rejected: 0, areaCodes: [] });
  };
  for (let n = 1; n <= 20; n += 1) await take('busy', `b-${n}`);
  await take('other', 'o-1');
  await take('other', 'o-2');
  const claimed = await mailings.claim(6, [], 3);
  expect(claimed.map(({ id }) => id)).toEqual(['b-1', 'b-2', 'b-3', 'o-1', 'o-2']);
  // Mailings that are being loaded already count towards their company's share.
  const running = [...claimed, { id: 'b-0', tenantId: 'third', fence: 1 }];
  expect(await mailings.claim(1, running, 3)).toEqual([]);
});

it('the last places on a host are kept for companies without a mailing there: otherwise a few companies with many queues would fill them all', async () => {
  const { store, close } = await openTestStore();
  onTestFinished(close);
  const vault = createVault(store, [{ id: 'test', key: randomBytes(32) }]);
  let at = 1_764_000_000_000;
  const { intakes, mailings } = recordsOf(store, 'host', () => at);
  for (const id of ['a-1', 'a-2', 'a-3', 'b-1', 'b-2', 'b-3', 'c-1', 'c-2', 'd-1', 'e-1']) {
    at += 1000;
    const tenantId = id.slice(0, 1);
    const tenant = { id: tenantId, cipher: await vault.cipher(tenantId) };
    await intakes.create(tenant, { id, queue: id, parameters: {} });
    await intakes.received(id, { total: 0, rejected: 0, areaCodes: [] });
  }
  const claimed = await mailings.claim(6, [], 3, 2);
  expect(claimed.map(({ id }) => id)).toEqual(['a-1', 'a-2', 'a-3', 'b-1', 'c-1', 'd-1']);
  const rest = claimed.filter(({ id }) => id !== 'd-1');
  expect((await mailings.claim(1, rest, 3, 2)).map(({ id }) => id)).toEqual(['e-1']);
});

it('mailings of one queue begin in the order in which they came, because the last one to come into a queue is the one that is dialed', async () => {
  const { store, close } = await openTestStore();
  onTestFinished(close);
  const vault = createVault(store, [{ id: 'test', key: randomBytes(32) }]);
  let at = 1_764_000_000_000;
  const { intakes, mailings } = recordsOf(store, 'host', () => at);
  const tenant = { id: '1042', cipher: await vault.cipher('1042') };
  for (const [id, queue] of Object.entries({ early: '7', late: '7', elsewhere: '8' })) {
    at += 1000;
    await intakes.create(tenant, { id, queue, parameters: {} });
    await intakes.received(id, { total: 0, rejected: 0, areaCodes: [] });
  }
  const claim = async () => {
    const claimed = await mailings.claim(10, [], 10);
    return claimed.map(({ id }) => id);
  };
  const set = (id: string, change: { held_until?: number; lease_until?: number }) =>
    store.db.updateTable('mailings').set(change).where('id', '=', id).execute();
  expect(await claim()).toEqual(['early', 'elsewhere']);
  // It is still being looked at.
  expect(await claim()).toEqual([]);
  // It waits for its calling hours.
  await set('early', { held_until: at + 60_000, lease_until: 0 });
  expect(await claim()).toEqual(['late']);
  await set('late', { lease_until: 0 });
  await set('early', { held_until: at });
  expect(await claim()).toEqual(['early']);
  // Each look at it fails, because its row is damaged for instance.
  at += leaseMs + 1;
  expect(await claim()).toEqual(['early', 'late', 'elsewhere']);
});
