import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import type { MailingState } from '../../src/mailings/mailing-state.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import { createVault } from '../../src/store/vault.ts';
import { openTestStore } from '../support/host-place.ts';
import { openResults } from '../support/open-results.ts';
import { recordsOf } from '../support/records.ts';

const page = readFileSync(new URL('../../../../docs/operating.md', import.meta.url), 'utf8');
/** What is said to the database of a backup, once for each of the two. */
const told = [...page.matchAll(/^ *(?:sqlite3|psql) .*"(update mailings [^"]*)"$/gm)].map(
  ([, statements = '']) => statements.split('; '),
);
const states: readonly MailingState[] = ['waiting', 'loading', 'stopped', 'active', 'finished'];

it('docs/operating.md has loads of a backup paused, on both databases, so that no host goes on with them', async () => {
  expect(told).toHaveLength(2);
  for (const [statement = ''] of told) {
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

it('docs/operating.md has the numbers of events go on behind those that came after the backup, so that whoever has seen those passes over no new one', async () => {
  expect(told).toHaveLength(2);
  for (const [, statement = ''] of told) {
    const { store, tenant, close } = await openResults();
    onTestFinished(close);
    const { events } = recordsOf(store, 'host', Date.now);
    const append = (callId: string) =>
      events.append({
        tenant,
        source: 'server',
        connection: 'dialer',
        call: { callId, extension: '1001', number: '41999998888' },
      });
    await append('before');
    const inBackup = await events.lastSeq(tenant.id);
    const seenSince = inBackup + 5;
    await sql.raw(statement).execute(store.db);
    await append('after');
    const after = await events.read(tenant, seenSince, 10);
    expect(after.map(({ call }) => call.callId)).toEqual(['after']);
    expect(await events.read(tenant, inBackup, 10)).toEqual(after);
  }
});

it('docs/operating.md makes a backup of a running host that is whole, and has what is in its log still', async () => {
  const [, statement = ''] = /^sqlite3 \S+ "(vacuum into '[^']*')"$/m.exec(page) ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'finaz-backup-'));
  const store = await openSqliteStore(folder);
  onTestFinished(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await recordsOf(store, 'host', Date.now).lease.beat();
  const copy = join(folder, 'backup.sqlite');
  const beside = new Database(join(folder, 'telephony.sqlite'));
  beside.exec(statement.replace(/'[^']*'/, `'${copy}'`));
  beside.close();
  const backup = new Database(copy, { readonly: true });
  expect(backup.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(backup.prepare('select id from hosts').pluck().all()).toEqual(['host']);
  backup.close();
});
