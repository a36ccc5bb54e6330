import { expect, it } from 'vitest';
import { placeCall, startTestHost, tenantDocument } from '../support/test-host.ts';

it('no series of a deleted company stays, and those of others do', async () => {
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
