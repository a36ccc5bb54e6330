import { randomBytes } from 'node:crypto';
import type { Logger } from '@finaz-telephony/core';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ExchangeRecord } from '../../src/egress/egress.ts';
import { createExchangeLog, type ExchangeSubject } from '../../src/exchanges/exchange-log.ts';
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

describe('the exchange log', () => {
  it('finds an exchange recorded a moment ago, although exchanges are written in the background', async () => {
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

  it('has written all exchanges in their order once it is drained', async () => {
    const { store, close } = await openTestStore();
    onTestFinished(close);
    const exchanges = createExchangeLog(store, silentLogger);
    const work = exchanges.begin(() => ({ callId: 'c-1' }));
    for (let at = 0; at < 450; at += 1) work.record({ ...record, at });
    work.settle();
    await exchanges.drain();
    const rows = await store.db.selectFrom('exchanges').select('created_at').execute();
    expect(rows.map(({ created_at }) => created_at)).toEqual(
      Array.from({ length: 450 }, (_, at) => at),
    );
  });

  it('reports which exchanges could not be written, and goes on with the next', async () => {
    const { store, close } = await openTestStore();
    onTestFinished(close);
    const error = vi.fn<Logger['error']>();
    const exchanges = createExchangeLog(store, { ...silentLogger, error });
    const work = exchanges.begin();
    work.settle();
    // No database accepts this as a time.
    work.record({ ...record, at: Number.NaN });
    await exchanges.drain();
    expect(error).toHaveBeenCalledWith(
      expect.objectContaining({ exchanges: [expect.any(String)] }),
      'exchanges could not be logged',
    );
    work.record(record);
    await exchanges.drain();
    expect(await store.db.selectFrom('exchanges').select('id').execute()).toHaveLength(1);
  });

  it('asks once what its exchanges are about, and not before the first exchange', async () => {
    const { store, close } = await openTestStore();
    onTestFinished(close);
    const exchanges = createExchangeLog(store, silentLogger);
    const about = vi.fn<() => ExchangeSubject>(() => ({ callId: 'c-1' }));
    const work = exchanges.begin(about);
    work.settle();
    expect(about).not.toHaveBeenCalled();
    work.record(record);
    work.record(record);
    expect(about).toHaveBeenCalledOnce();
    await exchanges.drain();
  });
});
