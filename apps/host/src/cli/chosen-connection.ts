import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { StartError } from '../environment.ts';
import { buildTenant } from '../tenants/build-tenant.ts';
import { readTenantFile } from '../tenants/read-tenant-file.ts';
import { secretReferences, withSecrets } from '../tenants/secret-references.ts';
import type { Connection, Tenant } from '../tenants/tenant.ts';
import {
  connectionNamed,
  TenantDocumentSchema,
  type TenantDocument,
} from '../tenants/tenant-document.ts';
import { say, type Workbench } from './command-line.ts';

export interface Choice {
  readonly tenant: string | undefined;
  readonly document: string | undefined;
  readonly connection: string | undefined;
  /** Whether missing secrets are generated; absent for a command that cannot write them to the telephone system. */
  readonly generateSecrets?: boolean;
}

export interface ChosenConnection {
  readonly tenant: Tenant;
  readonly connection: Connection;
  /** The connection's settings, with the values of its secrets filled in. */
  readonly settings: unknown;
}

/** The flags that choose a connection, for every command of an adapter. */
export const choiceFlags = {
  tenant: {
    type: 'string',
    description: 'id of the company, as its document is stored',
    valueHint: 'ID',
  },
  document: {
    type: 'string',
    description: 'or a tenant document that is not stored yet',
    valueHint: 'FILE',
  },
  connection: {
    type: 'string',
    description: 'name of the connection; needed where the company has several of this adapter',
    valueHint: 'NAME',
  },
} as const;

/** Only for commands that an adapter brings: they can write the secret to the telephone system. The doctor would store a secret that it has never heard of. */
export const generateFlag = {
  'generate-secrets': {
    type: 'boolean',
    default: false,
    description:
      'make and store a strong secret for each one that the connection or inbound.token names and that is not set',
  },
} as const;

/** @throws {StartError} naming what is wrong with the document, the choice or the secrets. */
export async function chooseConnection(
  bench: Workbench,
  adapterId: string,
  choice: Choice,
): Promise<ChosenConnection> {
  const { document, version } = await readChosenDocument(bench, choice);
  const name = nameOfConnection(document, adapterId, choice.connection);
  const wanted = connectionNamed(document, name);
  if (!wanted) throw new StartError(`company ${document.id} has no connection "${name}"`);
  const lookup = await secretsOf(bench, document, wanted.settings, choice.generateSecrets);
  const issues: string[] = [];
  const tenant = buildTenant({
    document,
    version,
    adapters: bench.adapters,
    lookup,
    cipher: await bench.vault.cipher(document.id),
    onBroken: (broken, reason) => {
      if (broken === name) issues.push(reason);
    },
  });
  const connection = tenant.connections.get(name);
  if (!connection)
    throw new StartError(`company ${document.id}, connection ${name}: ${issues.join('; ')}`);
  return { tenant, connection, settings: withSecrets(wanted.settings, lookup) };
}

async function readChosenDocument(
  bench: Workbench,
  choice: Choice,
): Promise<{ document: TenantDocument; version: number }> {
  if (choice.document !== undefined)
    return { document: await readTenantFile(choice.document, bench.adapters), version: 0 };
  if (choice.tenant === undefined)
    throw new StartError('name the company with --tenant ID, or its document with --document FILE');
  const stored = await bench.tenants.read(choice.tenant);
  if (!stored)
    throw new StartError(
      `no company ${choice.tenant} is stored here; save it with "finaz-telephony apply FILE", or name its document with --document FILE`,
    );
  return { document: v.parse(TenantDocumentSchema, stored.document), version: stored.version };
}

function nameOfConnection(
  document: TenantDocument,
  adapterId: string,
  given: string | undefined,
): string {
  const fitting = Object.entries(document.connections)
    .filter(([, connection]) => connection.adapter === adapterId)
    .map(([name]) => name);
  const listed = fitting.join(', ') || 'none';
  if (given !== undefined) {
    if (fitting.includes(given)) return given;
    throw new StartError(
      `company ${document.id} has no connection "${given}" of the adapter ${adapterId}; it has ${listed}`,
    );
  }
  const [only] = fitting;
  if (only === undefined || fitting.length > 1)
    throw new StartError(
      `company ${document.id}: say which connection with --connection NAME; of the adapter ${adapterId} it has ${listed}`,
    );
  return only;
}

async function secretsOf(
  { tenants }: Workbench,
  document: TenantDocument,
  settings: unknown,
  generate: boolean | undefined,
): Promise<(name: string) => string | undefined> {
  const stored = new Map(await tenants.secrets(document.id));
  const named = secretReferences([settings, document.inbound.token ?? '']).map(({ name }) => name);
  const missing = [...new Set(named)].filter((name) => !stored.has(name));
  if (missing.length > 0 && generate !== true) {
    const made = generate === undefined ? '' : ', or let --generate-secrets make them';
    throw new StartError(
      `company ${document.id}: not set: ${missing.join(', ')}; put each with "finaz-telephony secrets set ${document.id} NAME"${made}`,
    );
  }
  for (const name of missing) {
    // base64url consists of letters, digits, "-" and "_", none of which is special in a configuration file.
    const value = randomBytes(24).toString('base64url');
    await tenants.setSecret(document.id, name, value);
    stored.set(name, value);
    say(`made and stored the secret ${name} of company ${document.id}`);
  }
  return (name) => stored.get(name);
}
