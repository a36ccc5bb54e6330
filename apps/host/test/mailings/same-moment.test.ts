import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { createMailingIntakes } from '../../src/mailings/mailing-intakes.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createVault } from '../../src/store/vault.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

let dataDir: string;
let database: TestDatabase;
let store: Store;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'finaz-moment-'));
  database = await createTestDatabase();
  store = await openStore({
    dataDir,
    logger: silentLogger,
    databaseUrl: database.environment['DATABASE_URL'],
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await store.close();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

it('mailings of one moment that draw the same number are all taken in', async () => {
  const vault = createVault(store, [{ id: 'test', key: randomBytes(32) }]);
  const tenant = { id: '1042', cipher: await vault.cipher('1042') };
  const intakes = createMailingIntakes(store, 'host', () => 1_764_000_000_000);
  const drawn = [0.5, 0.5, 0.5, 0.6];
  vi.spyOn(Math, 'random').mockImplementation(() => drawn.shift() ?? 0);
  const take = (id: string) => intakes.create(tenant, { id, queue: '7', parameters: {} });
  expect(await take('m-1')).toBe(1_764_000_000_000_500);
  expect(await take('m-2')).toBe(1_764_000_000_000_600);
});
