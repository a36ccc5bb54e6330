import type { QueryConfig } from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { createCallStore } from '../../src/calls/call-store.ts';
import { newCall } from '../support/new-call.ts';
import { openResults } from '../support/open-results.ts';

it.skipIf(process.env['DATABASE_URL'] === undefined)(
  'a call refused when the connection broke while the server stored it ends as failed, not in doubt: it was not sent (on PostgreSQL alone: npm run test:postgres)',
  async () => {
    const { store, tenant, close } = await openResults();
    onTestFinished(close);
    const { native } = store;
    if (native.engine !== 'postgres') throw new Error('this test is of PostgreSQL');
    const server = await native.pool.connect();
    onTestFinished(() => server.release());
    await server.query('begin');
    let asked = 0;
    const query = async (config: string | QueryConfig, values?: unknown[]) => {
      asked += 1;
      if (asked > 1) return native.pool.query(config, values);
      await server.query(config, values);
      throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    };
    const pool = new Proxy(native.pool, {
      get: (target, name) => (name === 'query' ? query : Reflect.get(target, name, target)),
    });
    const calls = createCallStore({ ...store, native: { ...native, pool } }, 'host', Date.now);

    await expect(calls.begin(newCall(tenant))).rejects.toThrow('ECONNRESET');
    await expect.poll(() => asked).toBeGreaterThan(1);
    await server.query('commit');
    const state = async () => (await calls.byAttempt(tenant, 'a-1'))?.state;
    await expect.poll(state, { timeout: 10_000 }).toBe('failed');
    expect(await calls.doubt()).toBe(0);
  },
);
