import { join } from 'node:path';
import * as v from 'valibot';
import { parseDocument, type Document } from 'yaml';
import { StartError } from '../environment.ts';
import { readTextIfThere } from '../named-file.ts';
import { schemaIssues } from '../tenants/document-issue.ts';
import { fileError } from '../tenants/read-tenant-file.ts';
import { secretReferences } from '../tenants/secret-references.ts';
import type { EarlierDraft } from './draft/draft-notes.ts';
import { draftFiles } from './draft-files.ts';
import { readDraftSecrets } from './draft-secrets.ts';
import { SamplesSchema, type Sample } from './samples.ts';

/** The files of a folder that an earlier command was imported into. */
export interface DraftFolder {
  /** The tenant document, with its comments. */
  readonly document: Document;
  readonly secrets: Readonly<Record<string, string>>;
  readonly samples: readonly Sample[];
}

/**
 * @returns `undefined` for a folder without a document
 * @throws {StartError} if a file of the folder cannot be read
 */
export async function readDraftFolder(
  folder: string,
  tenant: string,
): Promise<DraftFolder | undefined> {
  const file = join(folder, draftFiles.document);
  const text = await readTextIfThere(file);
  if (text === undefined) return undefined;
  const document = parseDocument(text);
  if (document.errors.length > 0)
    throw new StartError(`${file}: ${document.errors[0]?.message.split('\n')[0] ?? 'is no YAML'}`);
  const id = document.get('id');
  if (String(id) !== tenant)
    throw new StartError(
      `${file}: is of company ${String(id)}, not ${tenant}; choose another folder with --out`,
    );
  const secrets = await readDraftSecrets(join(folder, draftFiles.secrets));
  return { document, secrets: secrets.of(tenant), samples: await readSamples(folder) };
}

async function readSamples(folder: string): Promise<readonly Sample[]> {
  const file = join(folder, draftFiles.samples);
  const text = await readTextIfThere(file);
  if (text === undefined) return [];
  const { success, output, issues } = v.safeParse(SamplesText, text);
  if (success) return output.samples;
  throw fileError(
    file,
    issues.flatMap((issue) => schemaIssues(issue, SamplesSchema)),
  );
}

const SamplesText = v.pipe(v.string(), v.parseJson(), SamplesSchema);

const ConnectionShape = v.object({
  settings: v.object({
    baseUrl: v.optional(v.string()),
    variables: v.optional(v.record(v.string(), v.unknown()), {}),
  }),
});

/** What a connection of the folder already has, for a command that is added to it. */
export function earlierOf({ document, secrets }: DraftFolder, connection: string): EarlierDraft {
  const node: unknown = document.toJS();
  const shape = v.object({ connections: v.record(v.string(), v.unknown()) });
  const whole = v.safeParse(shape, node);
  const known = v.safeParse(
    ConnectionShape,
    whole.success ? whole.output.connections[connection] : undefined,
  );
  const { baseUrl, variables } = known.success
    ? known.output.settings
    : { baseUrl: undefined, variables: {} };
  const named = secretReferences(node).map(({ name }) => name);
  return {
    ...(baseUrl !== undefined && { baseUrl }),
    variables,
    secrets: [...new Set([...Object.keys(secrets), ...named])].map((name) => ({
      name,
      value: secrets[name],
    })),
  };
}
