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

/** The command line talks to people: only what goes wrong is logged, in words. */
export const quietLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields, message) => say(`warning: ${message} ${shownFields(fields)}`),
  error: (fields, message) => say(`error: ${message} ${shownFields(fields)}`),
};

/** As the log of a host has them. */
const shownFields = (fields: Readonly<Record<string, unknown>>): string =>
  maskPersonal(fieldsAsJson(fields, (error) => loggedError(error)));

/** On stderr: stdout is for what a command gives. */
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

/** Opens the store of this host, the running one's too, does the work, and closes it. */
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

/** The id of a company, whether or not there is one. @throws {StartError} where it can be none */
export function tenantIdGiven(text: string): string {
  const parsed = v.safeParse(TenantIdSchema, text);
  if (!parsed.success) throw new StartError(`"${text}": ${parsed.issues[0].message}`);
  return parsed.output;
}

/** Ends the command with what is wrong, in words; a defect keeps its stack. */
function fail(error: unknown): never {
  if (error instanceof StartError) say(error.message);
  else say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(2);
}

/** Wraps a command, so that every error ends in words and an exit code. */
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
