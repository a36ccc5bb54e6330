import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import { recordsOf } from '../support/records.ts';

const page = readFileSync(new URL('../../../../docs/operating.md', import.meta.url), 'utf8');
it('the backup command of docs/operating.md makes an intact copy of a running host, with what is only in its write-ahead log', async () => {
  const [, statement = ''] = /^sqlite3 \S+ "(vacuum into '[^']*')"$/m.exec(page) ?? [];
  const folder = mkdtempSync(join(tmpdir(), 'finaz-backup-'));
  const store = await openSqliteStore(folder, silentLogger);
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
