import { Document } from 'yaml';
import { StartError } from '../environment.ts';
import { buildConnection } from '../tenants/build-tenant.ts';
import { checkDocument } from '../tenants/check-document.ts';
import { formatIssue } from '../tenants/document-issue.ts';
import { secretPlaceholder } from '../tenants/secret-references.ts';
import type { TenantDocument } from '../tenants/tenant-document.ts';
import type { InstalledAdapter } from '../tenants/installed-adapter.ts';
import type { ReadFile } from './curl/curl-body.ts';
import { readCurl } from './curl/read-curl.ts';
import { discreetReply } from './discreet-reply.ts';
import { draftConnection, type Draft } from './draft/draft-connection.ts';
import { guessFeature, type DraftedFeature } from './draft/guess-feature.ts';
import { sampleInput } from '../trials/sample-input.ts';
import { readKeptReply, type KeptReply } from '../trials/kept-reply.ts';
import { draftFiles } from './draft-files.ts';
import { earlierOf, type DraftFolder } from './earlier-draft.ts';
import { playSample, type Sample } from './samples.ts';

export interface ImportOptions {
  readonly adapters: ReadonlyMap<string, InstalledAdapter>;
  readonly readFile: ReadFile;
  readonly tenant: string;
  readonly connection: string;
  /** If absent, it is guessed from the request. */
  readonly feature?: DraftedFeature | undefined;
  /** Text of a kept reply. */
  readonly reply?: string | undefined;
  /** A sample of the contact file. */
  readonly contacts?: Buffer | undefined;
  /** What an earlier command has left in the folder; the new command is added as a further feature. */
  readonly folder?: DraftFolder | undefined;
}

export interface Imported extends Draft {
  readonly feature: DraftedFeature;
  /** The tenant document, in YAML. */
  readonly yaml: string;
  readonly sample: Sample;
}

/**
 * Drafts a tenant document from a curl command. Neither the document nor the sample contains a credential of the command.
 *
 * @throws {StartError} naming the part of the command that is not understood, or that a document cannot express
 */
export async function importCurl(
  command: string | readonly string[],
  options: ImportOptions,
): Promise<Imported> {
  const { adapters, tenant, connection, contacts, folder } = options;
  const request = await readCurl(command, options.readFile);
  const feature = options.feature ?? guessFeature(request, contacts !== undefined);
  const reply = options.reply === undefined ? undefined : readKeptReply(options.reply);
  const earlier = folder && earlierOf(folder, connection);
  const draft = draftConnection(request, {
    tenant,
    connection,
    feature,
    reply,
    contacts,
    earlier,
  });
  const whole = folder ? addTo(folder.document, draft, connection, feature) : newDocument(draft);
  const { document, issues } = checkDocument(whole.toJS(), adapters);
  if (!document) {
    throw new StartError(
      `the draft of the command does not pass the check, so it is not written:\n${issues.map(formatIssue).join('\n')}`,
    );
  }
  return {
    ...draft,
    feature,
    yaml: whole.toString({ lineWidth: 0, singleQuote: true }),
    sample: await sampleOf(document, draft.notes, feature, reply, options),
  };
}

const look = ({ notes }: Draft): string =>
  notes.warnings.map((warning) => ` - ${warning.replaceAll('\n', ' ')}`).join('\n');

function newDocument(draft: Draft): Document {
  const whole = new Document(draft.document);
  const warnings = look(draft);
  whole.commentBefore = ` A draft, made from a curl command.${warnings === '' ? '' : ` Look at:\n${warnings}`}`;
  return whole;
}

/** Adds a further feature to the company's document; what people wrote there stays, with its comments. */
function addTo(
  whole: Document,
  draft: Draft,
  connection: string,
  feature: DraftedFeature,
): Document {
  const place = ['connections', connection, 'settings'];
  if (whole.hasIn([...place, feature]))
    throw new StartError(
      `the folder has ${feature} of connection ${connection} already; take it out of ${draftFiles.document} and ${draftFiles.samples}, or choose another folder with --out`,
    );
  const drafted = draft.document.connections[connection];
  if (!whole.hasIn(place)) whole.setIn(['connections', connection], whole.createNode(drafted));
  else {
    for (const [name, value] of Object.entries(draft.notes.variables))
      if (!whole.hasIn([...place, 'variables', name]))
        whole.setIn([...place, 'variables', name], value);
    whole.setIn([...place, feature], whole.createNode(drafted?.settings[feature]));
  }
  if (!whole.hasIn(['features', feature])) whole.setIn(['features', feature], connection);
  const warnings = look(draft);
  if (warnings !== '')
    whole.commentBefore = whole.commentBefore ? `${whole.commentBefore}\n${warnings}` : warnings;
  return whole;
}

async function sampleOf(
  document: TenantDocument,
  notes: Draft['notes'],
  feature: DraftedFeature,
  reply: KeptReply | undefined,
  { adapters, connection }: ImportOptions,
): Promise<Sample> {
  const settings = document.connections[connection];
  const built =
    settings && buildConnection(connection, settings, { adapters, lookup: secretPlaceholder });
  if (!built) throw new TypeError('a draft that was checked could not be made');
  const secrets = notes.secrets.flatMap(({ value }) => value ?? []);
  const personal = notes.recognised.flatMap(({ template, value }) =>
    tellsOfAPerson.test(template) ? value : [],
  );
  const replies = [reply ?? silence].map((one) => discreetReply(one, secrets, personal));
  // A kept reply is text and cannot hold audio, so a stand-in takes the place of the reply with the recording.
  if (feature === 'recording') replies.splice(hasSteps(settings.settings) ? 1 : 0, 1, audio);
  const input = sampleInput(feature);
  const played = await playSample(built, document.timezone, {
    feature,
    input,
    exchanges: replies.map((one) => ({ request: unknownRequest, reply: one })),
  });
  return { connection, feature, input, exchanges: played.exchanges, result: played.result };
}

/** Expressions that replaced data of a person. Phone numbers and CPFs need none: `discreetReply` knows them by their form. */
const tellsOfAPerson = /\{\{ (?:item\.)?(?:name|parameters)\b/;

const silence: KeptReply = { status: 200, headers: {}, body: '' };
const audio: KeptReply = { status: 200, headers: { 'content-type': 'audio/wav' }, body: 'RIFF' };
const unknownRequest = { method: '', url: '', headers: {}, body: '' };

const hasSteps = (settings: unknown): boolean => JSON.stringify(settings).includes('"steps"');
