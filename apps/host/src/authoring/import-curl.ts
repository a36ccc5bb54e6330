import { stringify } from 'yaml';
import { StartError } from '../environment.ts';
import { buildConnection } from '../tenants/build-tenant.ts';
import { checkDocument } from '../tenants/check-document.ts';
import { formatIssue } from '../tenants/document-issue.ts';
import type { InstalledAdapter } from '../tenants/installed-adapter.ts';
import type { ReadFile } from './curl/curl-body.ts';
import { readCurl } from './curl/read-curl.ts';
import { discreetReply } from './discreet-reply.ts';
import { draftConnection, type Draft } from './draft/draft-connection.ts';
import { guessFeature, type DraftedFeature } from './draft/guess-feature.ts';
import { sampleInput } from '../calls/sample-input.ts';
import { readKeptReply, type KeptReply } from '../calls/kept-reply.ts';
import { playSample, type Sample } from './samples.ts';

export interface ImportOptions {
  readonly adapters: ReadonlyMap<string, InstalledAdapter>;
  readonly readFile: ReadFile;
  readonly tenant: string;
  readonly connection: string;
  /** Guessed from the address where it is left out. */
  readonly feature?: DraftedFeature | undefined;
  /** Text of a kept answer. */
  readonly reply?: string | undefined;
  /** A sample of the file of contacts. */
  readonly contacts?: Buffer | undefined;
}

export interface Imported extends Draft {
  readonly feature: DraftedFeature;
  /** The tenant document, in YAML. */
  readonly yaml: string;
  readonly sample: Sample;
}

/**
 * Makes a draft of a tenant document from a curl command. No credential of the command stands in the document or in the sample.
 *
 * @throws {StartError} naming what in the command is not understood, or cannot be said in a document
 */
export async function importCurl(
  command: string | readonly string[],
  options: ImportOptions,
): Promise<Imported> {
  const { adapters, tenant, connection, contacts } = options;
  const request = await readCurl(command, options.readFile);
  const feature = options.feature ?? guessFeature(request, contacts !== undefined);
  const reply = options.reply === undefined ? undefined : readKeptReply(options.reply);
  const draft = draftConnection(request, { tenant, connection, feature, reply, contacts });
  const { issues } = checkDocument(draft.document, adapters);
  if (issues.length > 0) {
    throw new StartError(
      `the draft of the command does not pass the check, so it is not written:\n${issues.map(formatIssue).join('\n')}`,
    );
  }
  return {
    ...draft,
    feature,
    yaml: yamlOf(draft),
    sample: await sampleOf(draft, feature, reply, options),
  };
}

function yamlOf({ document, notes }: Draft): string {
  const look = notes.warnings.map((warning) => `# - ${warning.replaceAll('\n', ' ')}\n`);
  const head = `# A draft, made from a curl command.${look.length > 0 ? ' Look at:' : ''}\n`;
  return head + look.join('') + stringify(document, { lineWidth: 0, singleQuote: true });
}

async function sampleOf(
  { document, notes }: Draft,
  feature: DraftedFeature,
  reply: KeptReply | undefined,
  { adapters, connection }: ImportOptions,
): Promise<Sample> {
  const settings = document.connections[connection];
  const built =
    settings &&
    buildConnection(
      connection,
      { ...settings, limits: sampleLimits },
      { adapters, lookup: namedSecret },
    );
  if (!built) throw new TypeError('a draft that was checked could not be made');
  const secrets = notes.secrets.flatMap(({ value }) => value ?? []);
  const kept = discreetReply(reply ?? { status: 200, headers: {}, body: '' }, secrets);
  const input = sampleInput(feature);
  const played = await playSample(built, 'America/Sao_Paulo', {
    feature,
    input,
    exchanges: [{ request: { method: '', url: '', headers: {}, body: '' }, reply: kept }],
  });
  return { connection, feature, input, ...played };
}

/** A secret as samples have it. */
export const namedSecret = (name: string): string => `secret-${name}`;

/** Nothing is sent, so none of them counts. */
const sampleLimits = { requestsPerSecond: 100, concurrency: 32, timeout: 15 };
