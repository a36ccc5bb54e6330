import { Counter, Gauge, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createDeletedSeries } from '../../src/deleted-series.ts';
import { openTestStore } from '../support/host-place.ts';
import { placeCall, startTestHost, tenantDocument } from '../support/test-host.ts';

it('a deleted company leaves no series in the metrics, and another company keeps its own', async () => {
  const host = await startTestHost();
  const series = async (tenant: string) => {
    const text = await (await fetch(`${host.url}/metrics`)).text();
    return text.split('\n').filter((line) => line.includes(`tenant="${tenant}"`));
  };
  const other = { ...tenantDocument(host.vendor.url), id: '2084' };
  const value = { value: host.vendor.token };
  await host.ask('/v1/tenants/2084/secrets/vendorToken', { method: 'PUT', json: value });
  await host.ask('/v1/tenants/2084?check=skip', { method: 'PUT', json: other });
  await placeCall(host);
  const json = { queue: '7', extension: '1002', areaCode: '41', number: '99999-8888' };
  await host.ask('/v1/tenants/2084/calls', { json });
  for (const tenant of ['1042', '2084']) {
    const told = (await series(tenant)).join('\n');
    expect(told).toContain('telephony_feature_requests_total');
    expect(told).toContain('telephony_feature_duration_seconds_bucket');
  }
  await host.ask('/v1/tenants/2084', { method: 'DELETE' });
  expect(await series('2084')).toEqual([]);
  expect((await series('1042')).join('\n')).toContain('telephony_feature_requests_total');
  await host.stop();
});

it("removing the series of a deleted company measures no gauge that is measured per scrape, such as the event loop's lag", async () => {
  const { store, close } = await openTestStore();
  const registry = new Registry();
  const registers = [registry];
  const calls = new Counter({ name: 'calls', help: 'Calls', labelNames: ['tenant'], registers });
  calls.inc({ tenant: '2084' });
  let measured = 0;
  const collect = () => void (measured += 1);
  const lag = new Gauge({ name: 'lag', help: 'Lag', registers, collect });
  const deleted = createDeletedSeries(registry, store);
  await store.change('tenants', '*', async () => undefined);
  await expect
    .poll(async () => {
      await deleted.forget();
      return (await calls.get()).values;
    })
    .toEqual([]);
  expect(measured).toBe(0);
  await lag.get();
  expect(measured).toBe(1);
  deleted.close();
  await close();
});
