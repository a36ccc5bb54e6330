import { buildConnection } from '../tenants/build-tenant.ts';
import type { InstalledAdapter } from '../tenants/installed-adapter.ts';
import { secretReferences, type SecretLookup } from '../tenants/secret-references.ts';
import type { ConnectionDocument } from '../tenants/tenant-document.ts';
import { connectionWithoutSecrets } from './connection-without-secrets.ts';
import type { TrialConnection } from './trial.ts';

/** A connection that reads a sample of a notification. */
export interface SampledConnection extends TrialConnection {
  readonly secretValues: readonly string[];
  /** Names of secrets that are unknown here. If there are any, all are replaced by placeholders, and a signature cannot be checked. */
  readonly missing: readonly string[];
}

/** The connection, with its secrets if all of them are known. */
export function sampledConnection(
  name: string,
  document: ConnectionDocument,
  adapters: ReadonlyMap<string, InstalledAdapter>,
  lookup: SecretLookup,
): SampledConnection | undefined {
  const named = new Set(secretReferences(document.settings).map((secret) => secret.name));
  const missing = [...named].filter((secret) => lookup(secret) === undefined);
  const built =
    missing.length === 0
      ? buildConnection(name, document, { adapters, lookup })
      : connectionWithoutSecrets(name, document, adapters);
  return built && { ...built, missing };
}
