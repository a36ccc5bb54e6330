import process from 'node:process';
import type { Logger } from '@finaz-telephony/core';
import { maskPersonal, TenantIdSchema } from '@finaz-telephony/core/host';
import * as v from 'valibot';
import { bundledAdapters } from '../adapters.ts';
import { createEgress } from '../egress/create-egress.ts';
import { readEnvironment, StartError, type Environment } from '../environment.ts';
import { createExchangeLog } from '../exchanges/exchange-log.ts';
import { fieldsAsJson, loggedError } from '../logged-error.ts';
import { loadKeysFor } from '../store/master-keys.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { createVault } from '../store/vault.ts';
import { createApiKeys, type ApiKeys } from '../tenants/api-keys.ts';
import { installAdapters } from '../tenants/install-adapters.ts';
import type { InstalledAdapter } from '../tenants/installed-adapter.ts';
import { refuseUnknown } from './refuse-unknown.ts';
import type { SaveDependencies } from '../tenants/save-tenant.ts';
import { createTenantStore } from '../tenants/tenant-store.ts';

/** What a command that works on the store gets. */
export interface Workbench extends SaveDependencies {
  readonly environment: Environment;
  readonly store: Store;
  readonly keys: ApiKeys;
}

/** For commands, whose output people read: prints warnings and errors only, as plain sentences. */
export const quietLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields, message) => say(`warning: ${message} ${shownFields(fields)}`),
  error: (fields, message) => say(`error: ${message} ${shownFields(fields)}`),
};

/** The fields as the host's log shows them, with personal data masked. */
const shownFields = (fields: Readonly<Record<string, unknown>>): string =>
  maskPersonal(fieldsAsJson(fields, (error) => loggedError(error)));

/** Writes to stderr: stdout is for the result of a command. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function adaptersHere(
  environment: Environment,
): Promise<ReadonlyMap<string, InstalledAdapter>> {
  return installAdapters(bundledAdapters, environment.adapters, process.cwd());
}

/** Runs work with the store of this environment, even while a host is running on it, and closes the store. */
export async function withWorkbench<Result>(
  work: (bench: Workbench) => Promise<Result>,
): Promise<Result> {
  const environment = readEnvironment(process.env);
  const adapters = await adaptersHere(environment);
  const store = await openStore({
    databaseUrl: environment.databaseUrl,
    dataDir: environment.dataDir,
    logger: quietLogger,
  });
  const { masterKeys, adminKey } = await loadKeysFor(store, environment);
  const vault = createVault(store, masterKeys);
  const egress = createEgress({
    allow: environment.egressAllow,
    proxy: environment.egressProxy,
  });
  const exchanges = createExchangeLog(store, quietLogger);
  const keys = createApiKeys(store, adminKey);
  try {
    return await work({
      environment,
      store,
      keys,
      adapters,
      vault,
      egress,
      exchanges,
      tenants: createTenantStore(store, vault),
      logger: quietLogger,
      now: () => new Date(),
    });
  } finally {
    await exchanges.drain();
    await egress.close();
    await store.close();
  }
}

/** The id of a company, which need not exist. @throws {StartError} if the text is not a valid id */
export function tenantIdGiven(text: string): string {
  const parsed = v.safeParse(TenantIdSchema, text);
  if (!parsed.success) throw new StartError(`"${text}": ${parsed.issues[0].message}`);
  return parsed.output;
}

/** Prints why the command failed and exits; an unexpected error is printed with its stack. */
function fail(error: unknown): never {
  if (error instanceof StartError) say(error.message);
  else say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(2);
}

/** Wraps a command so that every error is printed and gives an exit code. */
export function guarded<Arguments extends readonly unknown[]>(
  run: (...given: Arguments) => Promise<void>,
): (...given: Arguments) => Promise<void> {
  return async (...given) => {
    try {
      refuseUnknown(given[0]);
      await run(...given);
    } catch (error) {
      fail(error);
    }
  };
}
