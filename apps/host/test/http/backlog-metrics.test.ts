import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { Registry } from 'prom-client';
import * as v from 'valibot';
import { registerBacklogMetrics } from '../../src/backlog-metrics.ts';
import { silentLogger } from '../../src/logger.ts';
import { jsonOf } from '../support/json.ts';
import { openTestStore } from '../support/host-place.ts';
import { openOneMailing } from '../support/one-mailing.ts';
import { placeCall, startTestHost, type TestHost } from '../support/test-host.ts';

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost({ vendor: { operators: ['1001', '1002'] } });
});
afterAll(() => host.stop());

const metrics = async () => (await host.ask('/metrics')).text();

describe('the backlog metrics', () => {
  it('count a call in doubt until a person settles it', async () => {
    const inDoubt = 'telephony_calls_in_doubt{tenant="1042"} 1';
    expect(await metrics()).not.toContain(inDoubt);
    host.vendor.faults.next('click2call', { kind: 'resetBeforeAnswer' }, 1);
    const json = { queue: '7', extension: '1002', areaCode: '41', number: '99999-8888' };
    const { attemptId } = await jsonOf(
      await host.tenant('/calls', { json }),
      v.object({ attemptId: v.string() }),
    );
    expect(await metrics()).toContain(inDoubt);
    await host.tenant(`/calls/${attemptId}/settle`, { json: { state: 'failed' } });
    expect(await metrics()).not.toContain(inDoubt);
  });

  it('count pending webhook deliveries, and the seconds since the oldest was due', async () => {
    const { store, close } = await openTestStore();
    await store.db
      .insertInto('webhook_deliveries')
      .values(
        [1000, 4000].map((next_at) => ({
          tenant_id: '1042',
          type: 'call.answered' as const,
          subject: `${next_at}`,
          state: 'pending' as const,
          attempts: 0,
          next_at,
          claimed_by: null,
          claimed_until: 0,
          last_error: null,
          trace: null,
        })),
      )
      .execute();
    const registry = new Registry();
    registerBacklogMetrics(registry, store, silentLogger, () => 3000);
    const shown = await registry.metrics();
    expect(shown).toContain('telephony_webhooks_pending 2');
    expect(shown).toContain('telephony_webhooks_overdue_seconds 2');
    expect(shown).toContain('telephony_mailings_overdue_seconds 0');
    expect(shown).toContain('telephony_mailings_unfinished{state="stopped"} 0');
    await close();
  });

  it('count the delay of a mailing from the time until which it was held: a mailing held over night is not overdue', async () => {
    const one = await openOneMailing();
    const { mailings } = one.host('first');
    const opensAt = one.clock() + 12 * 3_600_000;
    const key = await one.claim('first');
    await mailings.change(one.tenant, await one.record(), key, { held_until: opensAt });
    const registry = new Registry();
    registerBacklogMetrics(registry, one.store, silentLogger, () => opensAt + 2000);
    expect(await registry.metrics()).toContain('telephony_mailings_overdue_seconds 2\n');
    await one.close();
  });

  it('have no values while the store is away, but do not make the whole scrape fail', async () => {
    const { store, close } = await openTestStore();
    for (const table of ['calls', 'webhook_deliveries', 'mailings'])
      await store.db.schema.dropTable(table).execute();
    const registry = new Registry();
    registerBacklogMetrics(registry, store, silentLogger, () => 3000);
    const shown = await registry.metrics();
    expect(shown).toContain('# TYPE telephony_mailings_overdue_seconds gauge');
    expect(shown).not.toMatch(/^telephony_\w+(?:\{[^}]*\})? /m);
    await close();
  });
});

it('the metrics show which version runs, and when a connection last accepted a request', async () => {
  await placeCall(host);
  const shown = await metrics();
  expect(shown).toMatch(/^telephony_build_info\{version="\d+\.\d+\.\d+"\} 1$/m);
  expect(shown).toMatch(
    /^telephony_connection_last_accepted_timestamp_seconds\{tenant="1042",connection="dialer"\} 1\d{9}/m,
  );
});

it('the alert rules in docs/operating.md use only metrics that the host exports', async () => {
  const page = readFileSync(new URL('../../../../docs/operating.md', import.meta.url), 'utf8');
  const [rules = ''] = /^groups:[\s\S]*?(?=^```)/m.exec(page) ?? [];
  const asked = [...rules.matchAll(/\b((?:telephony|http|nodejs|process)_\w+)/g)].map(
    ([name]) => name,
  );
  expect(asked.length).toBeGreaterThan(8);
  const shown = await metrics();
  const there = new Set([...shown.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
  expect(asked.filter((name) => !there.has(name))).toEqual([]);
});
