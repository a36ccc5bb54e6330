import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import type { MailingState } from '../../src/mailings/mailing-state.ts';
import { createVault } from '../../src/store/vault.ts';
import { openTestStore } from '../support/host-place.ts';
import { recordsOf } from '../support/records.ts';

const page = readFileSync(new URL('../../../../docs/operating.md', import.meta.url), 'utf8');
const states: readonly MailingState[] = ['waiting', 'loading', 'stopped', 'active', 'finished'];

it('docs/operating.md has loads of a backup paused, on both databases, so that no host goes on with them', async () => {
  const statements = [...page.matchAll(/^(?:sqlite3|psql) .*"(update mailings [^"]*)"$/gm)];
  expect(statements).toHaveLength(2);
  for (const [, statement = ''] of statements) {
    const { store, close } = await openTestStore();
    onTestFinished(close);
    const vault = createVault(store, [{ id: 'test', key: randomBytes(32) }]);
    const tenant = { id: '1042', cipher: await vault.cipher('1042') };
    const { intakes, mailings } = recordsOf(store, 'host', () => 1_764_000_000_000);
    for (const state of states) {
      await intakes.create(tenant, { id: state, queue: '7', parameters: {} });
      await store.db
        .updateTable('mailings')
        .set({ state, lease_until: 0 })
        .where('id', '=', state)
        .execute();
    }
    await sql.raw(statement).execute(store.db);
    expect(await mailings.claim(10, [], 10)).toEqual([]);
    const rows = await store.db.selectFrom('mailings').select(['id', 'state']).execute();
    const changed = rows.filter(({ id, state }) => id !== state);
    expect(changed.map(({ id }) => id).toSorted()).toEqual(['loading', 'waiting']);
  }
});
