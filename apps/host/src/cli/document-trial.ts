import { featureNames, TelephonyError, type FeatureName } from '@finaz-telephony/core';
import { trialContext, type TrialContext } from '../calls/trial-context.ts';
import { prepareTrial } from '../calls/prepare-trial.ts';
import { noCalls, type Trial } from '../calls/trial.ts';
import { StartError } from '../environment.ts';
import { RequestError } from '../http/error-response.ts';
import { connectionWithoutSecrets } from '../calls/connection-without-secrets.ts';
import { suggestion } from '../tenants/document-issue.ts';
import type { InstalledAdapter } from '../tenants/installed-adapter.ts';
import { readTenantFile } from '../tenants/read-tenant-file.ts';
import type { Connection } from '../tenants/tenant.ts';
import { connectionNamed, type TenantDocument } from '../tenants/tenant-document.ts';

/** A feature of a document that nobody has saved yet, ready to be looked at without a host. */
export interface DocumentTrial {
  readonly feature: FeatureName;
  readonly trial: Trial;
  readonly base: TrialContext;
  readonly trust?: Connection['trust'];
}

export interface DocumentChoice {
  readonly file: string;
  readonly feature: string;
  /** By default the one that serves the feature. */
  readonly connection: string | undefined;
  readonly input: unknown;
}

/** @throws {StartError} in words, for whatever keeps the feature from being looked at */
export async function prepareFromDocument(
  { file, feature, connection: given, input }: DocumentChoice,
  adapters: Adapters,
): Promise<DocumentTrial> {
  if (!isFeature(feature))
    throw new StartError(`there is no feature "${feature}"${suggestion(feature, featureNames)}`);
  const document = await readTenantFile(file, adapters);
  const connection = connectionOf(document, feature, given, adapters);
  return {
    feature,
    trial: await prepareTrial(connection, feature, input, noCalls).catch(inWords),
    base: trialContext({ id: document.id, timeZone: document.timezone }, connection.name),
    ...(connection.trust && { trust: connection.trust }),
  };
}

/** Not even the request can be made: the input is wrong, or the connection has no such feature. */
export function inWords(error: unknown): never {
  if (TelephonyError.isInstance(error))
    throw new StartError([error.message, error.hint ?? ''].join(' ').trim());
  if (!(error instanceof RequestError)) throw error;
  const { detail, errors = [] } = error.problem;
  throw new StartError(
    [detail, ...errors.map((item) => `${item.path ?? ''}: ${item.message}`)].join('\n'),
  );
}

const isFeature = (name: string): name is FeatureName =>
  featureNames.some((feature) => feature === name);

type Adapters = ReadonlyMap<string, InstalledAdapter>;

function connectionOf(
  document: TenantDocument,
  feature: FeatureName,
  given: string | undefined,
  adapters: Adapters,
): Connection {
  const [only, ...others] = Object.keys(document.connections);
  const name = given ?? document.features[feature] ?? (others.length === 0 ? only : undefined);
  const settings = name === undefined ? undefined : connectionNamed(document, name);
  if (name === undefined || !settings) {
    const names = Object.keys(document.connections);
    throw new StartError(
      name === undefined
        ? `company ${document.id}: say which connection with --connection NAME; it has ${names.join(', ') || 'none'}`
        : `company ${document.id}: there is no connection "${name}"${suggestion(name, names)}`,
    );
  }
  const built = connectionWithoutSecrets(name, settings, adapters);
  if (!built) throw new StartError(`company ${document.id}: connection ${name} cannot be used`);
  return built;
}
