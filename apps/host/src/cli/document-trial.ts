import { dirname, join } from 'node:path';
import { TelephonyError, type FeatureName } from '@finaz-telephony/core';
import { featureNames } from '@finaz-telephony/core/host';
import { trialContext, type TrialContext } from '../trials/trial-context.ts';
import { prepareTrial } from '../trials/prepare-trial.ts';
import { noCalls, type Trial } from '../trials/trial.ts';
import { draftFiles } from '../authoring/draft-files.ts';
import { readDraftSecrets } from '../authoring/draft-secrets.ts';
import { StartError } from '../environment.ts';
import { RequestError } from '../http/request-error.ts';
import { connectionWithoutSecrets } from '../trials/connection-without-secrets.ts';
import { sampledConnection, type SampledConnection } from '../trials/sampled-connection.ts';
import { suggestion } from '../tenants/document-issue.ts';
import type { InstalledAdapter } from '../tenants/installed-adapter.ts';
import { readTenantFile } from '../tenants/read-tenant-file.ts';
import type { Connection } from '../tenants/tenant.ts';
import {
  connectionNamed,
  type ConnectionDocument,
  type TenantDocument,
} from '../tenants/tenant-document.ts';

/** A feature of a document that is not saved yet, ready to be tried without a host. */
export interface DocumentTrial {
  readonly feature: FeatureName;
  readonly trial: Trial;
  readonly base: TrialContext;
  readonly trust?: Connection['trust'];
}

export interface DocumentChoice {
  readonly file: string;
  readonly feature: string;
  /** Defaults to the connection that serves the feature. */
  readonly connection: string | undefined;
  readonly input: unknown;
}

/** @throws {StartError} explaining why the feature cannot be tried */
export async function prepareFromDocument(
  { file, feature, connection: given, input }: DocumentChoice,
  adapters: Adapters,
): Promise<DocumentTrial> {
  if (!isFeature(feature))
    throw new StartError(`there is no feature "${feature}"${suggestion(feature, featureNames)}`);
  const document = await readTenantFile(file, adapters);
  const { name, settings } = connectionIn(document, feature, given);
  const connection = connectionWithoutSecrets(name, settings, adapters);
  if (!connection) throw cannotBeUsed(document, name);
  return {
    feature,
    trial: await prepareTrial(connection, feature, input, noCalls).catch(inWords),
    base: trialContext({ id: document.id, timeZone: document.timezone }, connection.name),
    ...(connection.trust && { trust: connection.trust }),
  };
}

/** The connection that reads a sample of a notification. Secrets come from `secrets.yaml` next to the document, where an import writes them. */
export async function notificationFromDocument(
  { file, connection: given }: Pick<DocumentChoice, 'file' | 'connection'>,
  adapters: Adapters,
): Promise<{ readonly connection: SampledConnection; readonly base: TrialContext }> {
  const document = await readTenantFile(file, adapters);
  const { name, settings } = connectionIn(document, 'answeredCall', given);
  const secrets = (await readDraftSecrets(join(dirname(file), draftFiles.secrets))).of(document.id);
  const connection = sampledConnection(name, settings, adapters, (secret) => secrets[secret]);
  if (!connection) throw cannotBeUsed(document, name);
  return {
    connection,
    base: trialContext({ id: document.id, timeZone: document.timezone }, name),
  };
}

/** Rethrows an error that kept the request from being made, such as wrong input or a feature that the connection lacks, as a message for people. */
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

export type Adapters = ReadonlyMap<string, InstalledAdapter>;

function connectionIn(
  document: TenantDocument,
  feature: FeatureName,
  given: string | undefined,
): { readonly name: string; readonly settings: ConnectionDocument } {
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
  return { name, settings };
}

const cannotBeUsed = ({ id }: TenantDocument, connection: string) =>
  new StartError(`company ${id}: connection ${connection} cannot be used`);
