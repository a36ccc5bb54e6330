import { styleText } from 'node:util';
import type { Environment } from '@finaz-telephony/host';
import { genericHttpSettings, type VendorServer } from '@finaz-telephony/testing';
import { ofetch } from 'ofetch';
import { adminKeyOf } from './admin-key.ts';
import { openEventStream } from './event-stream.ts';
import { showMailing } from './mailing-part.ts';
import type { Show } from './show.ts';

export interface DemoParts {
  readonly hostUrl: string;
  readonly newAdminKey: string | undefined;
  readonly environment: Environment;
  readonly vendor: VendorServer;
  readonly show: Show;
}

const tenantId = '1042';

/** The main job, once before your eyes, through the host's own API: what a company does in a day, in a second. */
export async function runDemo({
  hostUrl,
  newAdminKey,
  environment,
  vendor,
  show,
}: DemoParts): Promise<void> {
  const print = show.line;
  const step = (title: string, outcome: string) =>
    print(`${styleText('green', '✓')} ${styleText('bold', title.padEnd(22))} ${outcome}`);
  const adminKey = newAdminKey ?? adminKeyOf(environment);
  const admin = ofetch.create({
    baseURL: `${hostUrl}/v1`,
    headers: { Authorization: `Bearer ${adminKey}` },
    retry: 0,
  });
  print('');
  print(
    styleText(
      'bold',
      'Finaz Telephony: the main job, with a demo company and a demo telephone system',
    ),
  );
  print('');

  await admin(`/tenants/${tenantId}/secrets/vendorToken`, {
    method: 'PUT',
    body: { value: vendor.token },
  });
  const saved = await admin<{ version: number }>(`/tenants/${tenantId}`, {
    method: 'PUT',
    body: tenantDocument(vendor.url),
  });
  step(
    'company saved',
    `document version ${saved.version}; the credentials were tried at the telephone system first`,
  );
  vendor.setEventUrl(
    `${hostUrl}/telephony-proxy/atendimentodiscador?pid=ID_CRM&num=NUMERO_TELEFONE&cid=ID_LIGACAO&ramal=RAMAL_USUARIO&empresald=${tenantId}`,
  );

  const key = await tenantKey(admin);
  const tenant = admin.create({
    baseURL: `${hostUrl}/v1/tenants/${tenantId}`,
    headers: { Authorization: `Bearer ${key}` },
  });

  const call = await tenant<{ callId: string }>('/calls', {
    method: 'POST',
    body: { queue: '7', extension: '1001', areaCode: '41', number: '99999-8888' },
    headers: { 'Idempotency-Key': `demo-${Date.now()}` },
  });
  step(
    'click2call',
    `extension 1001 rings, the telephone system calls it ${styleText('cyan', call.callId)}`,
  );

  const stream = await openEventStream(
    `${hostUrl}/v1/tenants/${tenantId}/events?extension=1002`,
    key,
  );
  const status = await vendor.sendAnsweredEvent({
    contactId: '7001',
    number: '41988887777',
    callId: `dialer-${Date.now()}`,
    extension: '1002',
  });
  const event = await stream.next();
  stream.close();
  step(
    'answered call',
    `told by the telephone system (${status}), on the screen of 1002: contact ${event.contactId}, call ${event.callId}`,
  );

  const recording = await tenant.raw(`/recordings/${call.callId}`, { responseType: 'arrayBuffer' });
  step(
    'recording',
    `${recording._data?.byteLength ?? 0} bytes of ${recording.headers.get('content-type')}`,
  );

  const transfer = await tenant<{ status: string }>('/transfers', {
    method: 'POST',
    body: { queue: '7', extension: '1001', destination: '4133330000' },
  });
  step('transfer', `${transfer.status}: the call of 1001 goes to another number`);

  const { entries } = await tenant<{ entries: { at: string; kind: string }[] }>(
    `/calls/${call.callId}`,
  );
  step(
    'timeline',
    `${entries.length} things are known of ${call.callId}: ${entries.map((entry) => entry.kind).join(', ')}`,
  );

  await showMailing({
    tenant,
    tenantUrl: `${hostUrl}/v1/tenants/${tenantId}`,
    key,
    vendor,
    show,
    step,
  });

  print('');
  print(`Serving at      ${styleText('underline', hostUrl)}   (telephone system at ${vendor.url})`);
  print(`API reference   ${styleText('underline', `${hostUrl}/docs`)}`);
  print(`Key of company  ${key}`);
  if (newAdminKey !== undefined)
    print(
      `Admin key       ${newAdminKey}   (kept in ${environment.dataDir}/keys.json, told this once)`,
    );
  print('');
  print('Try it:');
  print(
    `  curl -s -X POST ${hostUrl}/v1/tenants/${tenantId}/calls -H 'Authorization: Bearer ${key}' \\`,
  );
  print(
    `    -H 'Content-Type: application/json' -d '{"queue":"7","extension":"1002","areaCode":"41","number":"99999-8888"}'`,
  );
  print('');
  print('Ctrl-C stops it.');
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

/** A new key at each start takes the place of the one before, which nobody can read any more. */
async function tenantKey(admin: typeof ofetch): Promise<string> {
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
