import { featureNames } from '@finaz-telephony/core/host';
import {
  genericHttpSettings,
  startVendorServer,
  type VendorServer,
  type VendorServerOptions,
} from '@finaz-telephony/testing';
import { createLogger } from '../../src/logger.ts';
import { readEnvironment } from '../../src/environment.ts';
import { serve } from '../../src/serve.ts';
import { foundIn } from './discretion.ts';
import { jsonOf, PlacedShape } from './json.ts';
import { createHostPlace, type PlaceOptions } from './host-place.ts';

export const adminKey = 'ft_admin_key_of_the_tests_0123456789';

export interface TestHost {
  readonly url: string;
  readonly vendor: VendorServer;
  /** Every line that the host has logged. */
  readonly logged: string[];
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  /** A request with the admin key. */
  readonly ask: (path: string, init?: AskInit) => Promise<Response>;
  /** The same under `/v1/tenants/1042`. */
  readonly tenant: (path: string, init?: AskInit) => Promise<Response>;
  readonly stop: () => Promise<void>;
}

export interface AskInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly body?: string | Buffer<ArrayBuffer>;
  readonly key?: string;
}

export interface TestHostOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly vendor?: VendorServerOptions;
  /** Parts of the tenant document over those of the usual one. */
  readonly document?: Readonly<Record<string, unknown>>;
  /** Set before the document is saved. */
  readonly secrets?: Readonly<Record<string, string>>;
  readonly folder?: string;
  readonly place?: PlaceOptions;
}

const tenantId = '1042';

/** Longer than a busy machine takes. */
const usualLimits = { timeout: 5 };

export function tenantDocument(vendorUrl: string, limits: object = usualLimits) {
  return {
    id: tenantId,
    name: 'Cobranca Sul',
    timezone: 'America/Sao_Paulo',
    inbound: { allowFrom: ['127.0.0.1/32'] },
    connections: {
      dialer: {
        adapter: 'generic-http',
        settings: genericHttpSettings(vendorUrl, '${secret:vendorToken}'),
        limits,
      },
    },
    features: Object.fromEntries(featureNames.map((feature) => [feature, 'dialer'])),
  };
}

/** A real host on a real port, with a vendor server and a tenant that uses it. */
export async function startTestHost(options: TestHostOptions = {}): Promise<TestHost> {
  const place = await createHostPlace(options.place);
  const vendor = await startVendorServer({ operators: ['1001', '1002'], ...options.vendor });
  const logged: string[] = [];
  const logger = createLogger('debug', {
    write: (line) => {
      logged.push(line);
    },
  });
  const environment = readEnvironment({
    PORT: '0',
    ADMIN_KEY: adminKey,
    DRAIN_SECONDS: '0',
    ...place.variables,
    ...options.environment,
  });
  const running = await serve(environment, logger, options.folder);

  const ask = (path: string, { json, key = adminKey, ...init }: AskInit = {}) =>
    fetch(`${running.url}${path}`, {
      redirect: 'manual',
      ...init,
      headers: {
        Authorization: `Bearer ${key}`,
        ...(json !== undefined && { 'Content-Type': 'application/json' }),
        ...init.headers,
      },
      ...(json !== undefined && { method: 'POST', body: JSON.stringify(json) }),
      ...(init.method !== undefined && { method: init.method }),
    });
  const tenant = (path: string, init?: AskInit) => ask(`/v1/tenants/${tenantId}${path}`, init);

  for (const [name, value] of Object.entries({ vendorToken: vendor.token, ...options.secrets }))
    await tenant(`/secrets/${name}`, { method: 'PUT', json: { value } });
  const saved = await tenant('', {
    method: 'PUT',
    json: { ...tenantDocument(vendor.url), ...options.document },
  });
  if (saved.status !== 201)
    throw new Error(`the tenant of the tests was not saved: ${await saved.text()}`);

  return {
    url: running.url,
    vendor,
    logged,
    dataDir: place.dataDir,
    databaseUrl: place.databaseUrl,
    ask,
    tenant,
    async stop() {
      const shown = await Promise.all(
        [fetch(`${running.url}/metrics`), tenant('/exchanges?limit=1000')].map(async (answer) =>
          (await answer).text(),
        ),
      );
      await running.stop();
      const indiscreet = foundIn([...logged, ...shown].join('\n'));
      if (indiscreet.length > 0)
        throw new Error(`log, metrics or exchange log show ${indiscreet.join(', ')}`);
      await vendor.close();
      await place.remove();
    },
  };
}

/** Leaves its telephone system a short time for each answer: where none will come. */
export async function hurry(host: TestHost): Promise<void> {
  const json = tenantDocument(host.vendor.url, { timeout: 0.4 });
  const saved = await host.tenant('?check=skip', { method: 'PUT', json });
  if (saved.status !== 200) throw new Error(await saved.text());
}

/** Places a call and gives its id. */
export async function placeCall(host: TestHost, extension = '1001'): Promise<string> {
  const response = await host.tenant('/calls', {
    json: { queue: '7', extension, areaCode: '41', number: '99999-8888' },
  });
  const { callId } = await jsonOf(response, PlacedShape);
  if (callId === null) throw new Error('the call has no id');
  return callId;
}
