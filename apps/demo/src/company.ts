import { genericHttpSettings, type VendorServer } from '@finaz-telephony/testing';
import type { ofetch } from 'ofetch';

export const tenantId = '1042';

export interface DemoCompany {
  /** Version of its document. */
  readonly version: number;
  readonly key: string;
}

/** Saves the demo company, whose connection leads to the demo vendor. */
export async function saveCompany(
  admin: typeof ofetch,
  vendor: VendorServer,
): Promise<DemoCompany> {
  await admin(`/tenants/${tenantId}/secrets/vendorToken`, {
    method: 'PUT',
    body: { value: vendor.token },
  });
  const { version } = await admin<{ version: number }>(`/tenants/${tenantId}`, {
    method: 'PUT',
    body: tenantDocument(vendor.url),
  });
  return { version, key: await newKey(admin) };
}

function tenantDocument(vendorUrl: string) {
  return {
    id: tenantId,
    name: 'Cobranca Sul (demo)',
    timezone: 'America/Sao_Paulo',
    inbound: { allowFrom: ['127.0.0.1/32'] },
    connections: {
      dialer: {
        adapter: 'generic-http',
        settings: genericHttpSettings(vendorUrl, '${secret:vendorToken}'),
      },
    },
    features: {
      click2call: 'dialer',
      transfer: 'dialer',
      recording: 'dialer',
      contactLoad: 'dialer',
      contactClear: 'dialer',
      dialerResults: 'dialer',
      answeredCall: 'dialer',
    },
  };
}

/** A new key at each start replaces the last one, which nobody can read any more. */
async function newKey(admin: typeof ofetch): Promise<string> {
  const label = 'demo';
  const { keys } = await admin<{ keys: { id: string; label: string; tenantId: string | null }[] }>(
    '/keys',
  );
  for (const old of keys.filter((key) => key.label === label && key.tenantId === tenantId)) {
    await admin(`/keys/${old.id}`, { method: 'DELETE' });
  }
  const { key } = await admin<{ key: string }>('/keys', {
    method: 'POST',
    body: { tenantId, label },
  });
  return key;
}
