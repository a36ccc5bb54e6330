import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TenantIdSchema } from '@finaz-telephony/core/host';
import * as v from 'valibot';
import { StartError } from '../environment.ts';
import { schemaIssues, type DocumentIssue } from './document-issue.ts';
import { fileError, readDocumentFile } from './read-tenant-file.ts';
import {
  DocumentRefused,
  saveTenant,
  SecretsUnfit,
  type SaveDependencies,
  type SaveOptions,
  type SavedTenant,
} from './save-tenant.ts';
import { SecretNameSchema } from './secret-references.ts';
import { SecretUnfit } from './tenant-secrets.ts';
import { messageOf } from '../thrown.ts';

/** `secrets.yaml` of a tenants folder: values by tenant and name. */
const SecretsFileSchema = v.record(
  TenantIdSchema,
  v.record(SecretNameSchema, v.pipe(v.string(), v.nonEmpty('is empty'))),
);

/** By its name without the folder. */
export const secretsFile = /^secrets\.(?:ya?ml|json)$/;

/** What became of a file of the folder, or of the secrets of one company in it. */
export type AppliedFile =
  | { readonly file: string; readonly saved: SavedTenant; readonly unfit?: never }
  | { readonly file: string; readonly unfit: SecretsUnfit; readonly saved?: never };

/**
 * Applies a folder of tenant documents (`TENANTS`) at start: first `secrets.yaml`, if there is one, then each `*.yaml`, `*.yml` and `*.json`. Credentials are
 * not tried, so that a vendor that is down does not keep the host from starting. Nor does a company whose secrets do not fit its document: the
 * document, or the secret, is passed over.
 *
 * @throws {StartError} naming file and place; documents before it are applied, each whole.
 */
export async function applyTenantsFolder(
  dependencies: SaveDependencies,
  folder: string,
): Promise<readonly AppliedFile[]> {
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => /\.(?:ya?ml|json)$/.test(name)).toSorted();
  } catch (error) {
    throw new StartError(
      `environment TENANTS: the folder ${folder} cannot be read (${messageOf(error)})`,
    );
  }
  const applied: AppliedFile[] = [];
  for (const name of names.filter((file) => secretsFile.test(file)))
    applied.push(...(await applySecretsFile(dependencies, join(folder, name))));
  for (const name of names.filter((each) => !secretsFile.test(each))) {
    const file = join(folder, name);
    const options = { author: `file ${name}`, skipCredentials: true };
    try {
      applied.push({ file, saved: await saveTenantFile(dependencies, file, options) });
    } catch (error) {
      if (error instanceof SecretsUnfit) applied.push({ file, unfit: error });
      else throw refusedAtItsPlace(file, error);
    }
  }
  return applied;
}

export async function applyTenantFile(
  dependencies: SaveDependencies,
  file: string,
  options: SaveOptions,
): Promise<SavedTenant> {
  try {
    return await saveTenantFile(dependencies, file, options);
  } catch (error) {
    throw refusedAtItsPlace(file, error);
  }
}

const saveTenantFile = async (
  dependencies: SaveDependencies,
  file: string,
  options: SaveOptions,
): Promise<SavedTenant> => saveTenant(dependencies, await readDocumentFile(file), options);

const refusedAtItsPlace = (file: string, error: unknown): unknown =>
  error instanceof DocumentRefused ? fileError(file, error.issues) : error;

/** @returns the companies of which a secret was not set */
async function applySecretsFile(
  { tenants }: SaveDependencies,
  file: string,
): Promise<readonly AppliedFile[]> {
  const { mode } = await stat(file);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new StartError(`${file}: others can read this file of secrets; run "chmod 600 ${file}"`);
  }
  const parsed = v.safeParse(SecretsFileSchema, await readDocumentFile(file));
  if (!parsed.success) {
    throw fileError(
      file,
      parsed.issues.flatMap((issue) => schemaIssues(issue, SecretsFileSchema)),
    );
  }
  const refused: AppliedFile[] = [];
  for (const [tenantId, secrets] of Object.entries(parsed.output)) {
    const issues = await setSecrets(tenants, tenantId, secrets);
    if (issues.length > 0) refused.push({ file, unfit: new SecretsUnfit(tenantId, issues) });
  }
  return refused;
}

/** @returns what is wrong with those that were not set */
async function setSecrets(
  tenants: SaveDependencies['tenants'],
  tenantId: string,
  secrets: Readonly<Record<string, string>>,
): Promise<readonly DocumentIssue[]> {
  const issues: DocumentIssue[] = [];
  const stored = await tenants.secrets(tenantId);
  for (const [name, value] of Object.entries(secrets)) {
    if (stored.get(name) === value) continue;
    try {
      await tenants.setSecret(tenantId, name, value);
    } catch (error) {
      if (!(error instanceof SecretUnfit)) throw error;
      issues.push({ path: [tenantId, name], message: error.message });
    }
  }
  return issues;
}
