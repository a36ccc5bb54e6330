import { randomBytes } from 'node:crypto';
import { expect, it, onTestFinished } from 'vitest';
import { leaseMs } from '../../src/mailings/mailing-state.ts';
import { createVault } from '../../src/store/vault.ts';
import { openTestStore } from '../support/host-place.ts';
import { recordsOf } from '../support/records.ts';

it('a mailing whose queue another one has taken since it was looked for is not looked after: what has ended must not be dialed again', async () => {
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
