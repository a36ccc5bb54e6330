import { networkMatcher } from '../network.ts';
import type { TenantCipher } from '../store/vault.ts';
import { buildRules } from '../rules/rules.ts';
import { durationMs } from './duration.ts';
import { compileScreenPop } from './screen-pop.ts';
import type { InstalledAdapter } from './installed-adapter.ts';
import {
  secretReferences,
  withSecrets,
  writtenSecrets,
  type SecretLookup,
} from './secret-references.ts';
import type { Connection, Inbound, Tenant, Webhook } from './tenant.ts';
import type { ConnectionDocument, TenantDocument } from './tenant-document.ts';
import { readTrustedCertificate } from './trusted-certificate.ts';

export interface TenantParts {
  readonly document: TenantDocument;
  readonly version: number;
  readonly adapters: ReadonlyMap<string, InstalledAdapter>;
  readonly lookup: SecretLookup;
  readonly cipher: TenantCipher;
  /** Called for a connection that cannot be created: the rest of the tenant keeps working. */
  readonly onBroken?: (connection: string, reason: string) => void;
}

/** Builds a tenant ready for work. Synchronous and fast; sends nothing. */
export function buildTenant(parts: TenantParts): Tenant {
  const { document, version, cipher } = parts;
  const connections = new Map<string, Connection>();
  const unusable = new Set<string>();
  for (const [name, connection] of Object.entries(document.connections)) {
    const built = buildConnection(name, connection, parts);
    if (built) connections.set(name, built);
    else unusable.add(name);
  }
  return {
    id: document.id,
    name: document.name,
    version,
    timeZone: document.timezone,
    inbound: buildInbound(document, parts.lookup),
    connections,
    unusable,
    bindings: document.features,
    rules: buildRules(document.rules),
    resultsEveryMs:
      document.results.every === undefined ? undefined : durationMs(document.results.every),
    cipher,
  };
}

export function buildConnection(
  name: string,
  document: ConnectionDocument,
  parts: Pick<TenantParts, 'adapters' | 'lookup' | 'onBroken'>,
): Connection | undefined {
  const broken = (reason: string): undefined => {
    parts.onBroken?.(name, reason);
  };
  const installed = parts.adapters.get(document.adapter);
  if (!installed) return broken(`no adapter "${document.adapter}" is installed`);
  const secrets = [...new Set(secretReferences(document.settings).map((secret) => secret.name))];
  const unset = secrets.find((secret) => parts.lookup(secret) === undefined);
  if (unset !== undefined) return broken(`secret "${unset}" is not set`);
  const { adapter, issues } = installed.create(withSecrets(document.settings, parts.lookup));
  if (!adapter)
    return broken(issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
  const trust = document.tls && readTrustedCertificate(document.tls.trust);
  if (trust?.fault !== undefined) return broken(`tls.trust ${trust.fault}`);
  return {
    name,
    adapterId: installed.id,
    adapter,
    secretValues: [
      ...secrets.flatMap((secret) => parts.lookup(secret) ?? []),
      ...writtenSecrets(document.settings).map(({ value }) => value),
    ],
    limits: {
      requestsPerSecond: document.limits.requestsPerSecond,
      concurrency: document.limits.concurrency,
      timeoutMs: document.limits.timeout * 1000,
    },
    ...(trust && { trust: trust.certificate }),
  };
}

function buildInbound({ inbound }: TenantDocument, lookup: SecretLookup): Inbound {
  const fill = (text: string) => String(withSecrets(text, lookup));
  const screenPop =
    inbound.screenPop === undefined ? undefined : compileScreenPop(fill(inbound.screenPop)).render;
  return {
    allows: networkMatcher(inbound.allowFrom),
    repeatWindowMs: inbound.repeatWindow * 1000,
    ...(inbound.token !== undefined && { token: fill(inbound.token) }),
    ...(screenPop && { screenPop }),
    ...(inbound.webhook && { webhook: buildWebhook(inbound.webhook, lookup) }),
  };
}

function buildWebhook(
  webhook: NonNullable<TenantDocument['inbound']['webhook']>,
  lookup: SecretLookup,
): Webhook {
  const escaped: SecretLookup = (name) => {
    const value = lookup(name);
    return value === undefined ? undefined : encodeURIComponent(value);
  };
  return {
    url: String(withSecrets(webhook.url, escaped)),
    secret: String(withSecrets(webhook.secret, lookup)),
    secretValues: secretReferences(webhook).flatMap(({ name }) => lookup(name) ?? []),
  };
}
