import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ExchangeRecord } from '../../src/egress/egress.ts';
import { createExchangeLog } from '../../src/exchanges/exchange-log.ts';
import { silentLogger } from '../../src/logger.ts';
import { createVault } from '../../src/store/vault.ts';
import { openTestStore } from '../support/host-place.ts';

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
  it('shows what was done a moment ago, though it is written behind the work', async () => {
    const { store, close } = await openTestStore();
    onTestFinished(close);
    const exchanges = createExchangeLog(store, silentLogger);
    const cipher = await createVault(store, [{ id: 'test', key: randomBytes(32) }]).cipher('1042');
    const work = exchanges.begin();
    work.settle('c-1');
    work.record(record);
    const found = await exchanges.find('1042', cipher, { callId: 'c-1', limit: 10 });
    expect(found.map(({ request }) => request.url)).toEqual([record.url]);
  });
});
