import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createLedger } from '../../src/mailings/ledger/ledger.ts';
import { loadHostKeys } from '../../src/store/master-keys.ts';
import { silentLogger } from '../../src/logger.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import { createVault } from '../../src/store/vault.ts';

it('a load that reads page after page of contacts does not block the event loop', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'finaz-ledger-'));
  const store = await openSqliteStore(dataDir, silentLogger);
  const masterKey = randomBytes(32).toString('base64');
  const { masterKeys } = loadHostKeys({ dataDir, masterKey, adminKey: undefined });
  const cipher = await createVault(store, masterKeys).cipher('1042');
  const ledger = createLedger(store);
  let turns = 0;
  const turn = () => {
    turns += 1;
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  for (let page = 0; page < 10; page += 1) await ledger.read(cipher, 1, 'pending', page, 100);
  clearImmediate(next);
  expect(turns).toBeGreaterThanOrEqual(9);
  await store.close();
  await rm(dataDir, { recursive: true, force: true });
});
