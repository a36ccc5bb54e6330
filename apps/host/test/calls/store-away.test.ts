import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createCallStore, type CallStore, type NewCall } from '../../src/calls/call-store.ts';
import { loadHostKeys } from '../../src/store/master-keys.ts';
import { silentLogger } from '../../src/logger.ts';
import { openSqliteStore } from '../../src/store/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { createVault } from '../../src/store/vault.ts';
import { newCall } from '../support/new-call.ts';

describe('calls while the store is away', () => {
  let dataDir: string;
  let store: Store;
  let calls: CallStore;
  let call: NewCall;
  /** `before`: a write does not happen; `after`: it happens, and its answer is lost. */
  let away: 'before' | 'after' | undefined;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'finaz-calls-'));
    store = await openSqliteStore(dataDir, silentLogger);
    const { native } = store;
    if (native.engine !== 'sqlite') throw new Error('this test is of SQLite');
    const full = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
    const failing: Store = {
      ...store,
      native: {
        ...native,
        async transaction(work) {
          if (away === 'before') throw full;
          const result = await native.transaction(work);
          if (away === 'after') throw full;
          return result;
        },
      },
    };
    const masterKey = randomBytes(32).toString('base64');
    const { masterKeys } = loadHostKeys({ dataDir, masterKey, adminKey: undefined });
    const tenant = { id: '1042', cipher: await createVault(store, masterKeys).cipher('1042') };
    calls = createCallStore(failing, 'host', Date.now);
    call = newCall(tenant, { detail: { number: '+5541999998888' } });
    away = undefined;
  });
  afterEach(async () => {
    await calls.drain();
    await store.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const stored = () => calls.byAttempt(call.tenant, 'a-1');

  it('are answered with their outcome once placed, and the outcome is written down when the store is back', async () => {
    await calls.begin(call);
    away = 'before';
    await calls.finish({ ...call, state: 'accepted', callId: 'c-9', errorCode: null });
    expect(await stored()).toMatchObject({ state: 'sending', callId: null });
    away = undefined;
    await vi.waitFor(
      async () => expect(await stored()).toMatchObject({ state: 'accepted', callId: 'c-9' }),
      10_000,
    );
  });

  it('end as failed when the store is back if they were refused although their row was stored', async () => {
    away = 'after';
    await expect(calls.begin(call)).rejects.toThrow('full');
    expect(await stored()).toMatchObject({ state: 'sending' });
    away = undefined;
    await vi.waitFor(async () => expect(await stored()).toMatchObject({ state: 'failed' }), 30_000);
  });
});
