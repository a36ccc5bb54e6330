import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ExchangeRecord } from '../../src/egress/egress.ts';
import { createExchangeLog } from '../../src/exchanges/exchange-log.ts';
import { createLogger } from '../../src/logger.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createVault } from '../../src/store/vault.ts';
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts';

const record: ExchangeRecord = {
  scope: {
    tenantId: '1042',
    connection: 'dialer',
    feature: 'recording',
    limits: { requestsPerSecond: 1, concurrency: 1, timeoutMs: 1000 },
    conceal: [],
    signal: new AbortController().signal,
  },
  at: 1000,
  durationMs: 2,
  method: 'GET',
  url: 'https://vendor.example/recordings/c-1',
  requestHeaders: {},
  requestBody: '',
  status: 200,
  responseHeaders: {},
  responseBody: '[audio/wav, 44 bytes]',
  errorCode: null,
};

describe('the log of exchanges', () => {
  let dataDir: string;
  let database: TestDatabase;
  let store: Store;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'finaz-exchanges-'));
    database = await createTestDatabase();
    store = await openStore({
      dataDir,
      logger: createLogger('silent'),
      databaseUrl: database.environment['DATABASE_URL'],
    });
  });
  afterEach(async () => {
    await store.close();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('shows what was done a moment ago, though it is written behind the work', async () => {
    const exchanges = createExchangeLog(store, createLogger('silent'));
    const cipher = await createVault(store, [{ id: 'test', key: randomBytes(32) }]).cipher('1042');
    const work = exchanges.begin();
    work.settle('c-1');
    work.record(record);
    const found = await exchanges.find('1042', cipher, { callId: 'c-1', limit: 10 });
    expect(found.map(({ request }) => request.url)).toEqual([record.url]);
  });
});
