import type { TelephonyError } from '@finaz-telephony/core';
import { checkCredentials } from '../trials/check-credentials.ts';
import { triedEvents } from '../events/events-trial.ts';
import type { LoggedWorkplace } from '../adapter-work/in-context.ts';
import type { Vault } from '../store/vault.ts';
import { buildTenant } from './build-tenant.ts';
import { checkDocument } from './check-document.ts';
import { formatIssue, type DocumentIssue } from './document-issue.ts';
import { warningsOf } from './document-warnings.ts';
import type { InstalledAdapter } from './installed-adapter.ts';
import type { Tenant } from './tenant.ts';
import { SecretGone, type ExpectedVersion } from './tenant-documents.ts';
import type { TenantStore } from './tenant-store.ts';
import { ageingCertificates } from './trusted-certificate.ts';

export interface SaveDependencies extends LoggedWorkplace {
  readonly tenants: TenantStore;
  readonly vault: Vault;
  readonly adapters: ReadonlyMap<string, InstalledAdapter>;
}

export interface SaveOptions {
  readonly author: string;
  /** Saves without testing address and credentials at the vendors. */
  readonly skipCredentials: boolean;
  readonly expected?: ExpectedVersion;
}

/** The document cannot be saved; nothing was changed. */
export class DocumentRefused extends Error {
  override readonly name: string = 'DocumentRefused';
  readonly issues: readonly DocumentIssue[];

  constructor(issues: readonly DocumentIssue[]) {
    super(`${issues.length} thing${issues.length === 1 ? '' : 's'} wrong with the tenant document`);
    this.issues = issues;
  }
}

/** The document is sound in itself, but does not fit the secrets that are stored for its company: one is not set, or has a value that cannot be used. */
export class SecretsUnfit extends DocumentRefused {
  override readonly name = 'SecretsUnfit';
  readonly tenantId: string;

  constructor(tenantId: string, issues: readonly DocumentIssue[]) {
    super(issues);
    this.tenantId = tenantId;
  }
}

export interface SavedTenant {
  readonly version: number;
  readonly created: boolean;
  readonly changed: boolean;
  readonly warnings: readonly string[];
}

/**
 * Checks a tenant document, tries the credentials of its connections, and saves it as a new version: all of it or nothing.
 *
 * @throws {DocumentRefused} naming every place that is wrong, a connection whose vendor does not accept its credentials among them.
 */
export async function saveTenant(
  dependencies: SaveDependencies,
  input: unknown,
  options: SaveOptions,
): Promise<SavedTenant> {
  const { adapters, tenants, vault } = dependencies;
  const offline = checkDocument(input, adapters);
  if (!offline.document) throw new DocumentRefused(offline.issues);
  const { document } = offline;
  const ageing = ageingCertificates(document, dependencies.now().getTime());
  const secrets = await tenants.secrets(document.id);
  const lookup = (name: string) => secrets.get(name);
  const online = checkDocument(input, adapters, lookup);
  if (!online.document) throw new SecretsUnfit(document.id, online.issues);
  if (!options.skipCredentials) {
    const expired = ageing.filter(({ isOver }) => isOver);
    if (expired.length > 0) throw new DocumentRefused(expired);
    const cipher = await vault.cipher(document.id);
    const tenant = buildTenant({ document, version: 0, adapters, lookup, cipher });
    const issues = [
      ...(await eventIssues(tenant)),
      ...(await credentialIssues(dependencies, tenant)),
    ];
    if (issues.length > 0) throw new DocumentRefused(issues);
  }
  const saved = await tenants
    .save(document, options.author, options.expected)
    .catch((error: unknown) => {
      throw error instanceof SecretGone
        ? new SecretsUnfit(document.id, [{ path: [], message: error.message }])
        : error;
    });
  return {
    ...saved,
    warnings: [...warningsOf(document, adapters), ...ageing.map(formatIssue)],
  };
}

const wayPast = 'Correct this, or save without this test (--skip-check, ?check=skip)';

async function eventIssues(tenant: Tenant): Promise<DocumentIssue[]> {
  const error = await triedEvents(tenant);
  return error
    ? [
        {
          path: ['features', 'answeredCall'],
          message: `takes no event: ${wordsOf(error)} ${wayPast}`,
        },
      ]
    : [];
}

async function credentialIssues(
  dependencies: SaveDependencies,
  tenant: Tenant,
): Promise<DocumentIssue[]> {
  const checks = [...tenant.connections.values()].map(
    async (connection): Promise<DocumentIssue[]> => {
      const error = await checkCredentials(dependencies, tenant, connection);
      if (!error) return [];
      return [
        {
          path: ['connections', connection.name],
          message: `the test of the connection failed: ${wordsOf(error)} ${wayPast}`,
        },
      ];
    },
  );
  return (await Promise.all(checks)).flat();
}

/** What happened, in the vendor's words too, and what to do. */
function wordsOf({ message, vendor, hint }: TelephonyError): string {
  const sentence = message.replace(/\.$/, '');
  const quoted = vendor?.message === undefined ? '' : ` ("${vendor.message}")`;
  return `${sentence}${quoted}.${hint === undefined ? '' : ` ${hint}`}`;
}
