import type { FeatureName } from '@finaz-telephony/core';
import { expect, onTestFinished } from 'vitest';
import { folderWithAdapter } from './adapter-package.ts';
import { startTestHost, tenantDocument, type TestHost } from './test-host.ts';

/** A host with the company 1042, whose connection `dialer` is served by an adapter of a package. @param create the source of its `create` */
export async function startHostWithAdapter(
  create: string,
  feature: FeatureName,
): Promise<TestHost> {
  const folder = await folderWithAdapter(create);
  const host = await startTestHost({ folder, environment: { ADAPTERS: 'acme-adapter' } });
  onTestFinished(() => host.stop());
  const document = {
    ...tenantDocument(host.vendor.url),
    connections: { dialer: { adapter: 'acme', settings: {}, limits: { timeout: 1 } } },
    features: { [feature]: 'dialer' },
  };
  expect((await host.tenant('?check=skip', { method: 'PUT', json: document })).status).toBe(200);
  return host;
}
