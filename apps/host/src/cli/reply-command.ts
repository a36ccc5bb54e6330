import process from 'node:process';
import { featureNames, TelephonyError, type FeatureName } from '@finaz-telephony/core';
import { defineCommand } from 'citty';
import { readKeptReply, type KeptReply } from '../calls/kept-reply.ts';
import { sampleInput } from '../calls/sample-input.ts';
import { prepareTrial } from '../calls/trial.ts';
import { tryReply, type TriedReply } from '../calls/try-reply.ts';
import { readEnvironment, StartError } from '../environment.ts';
import { RequestError } from '../http/error-response.ts';
import { buildConnection } from '../tenants/build-tenant.ts';
import { checkDocument } from '../tenants/check-document.ts';
import { formatIssue } from '../tenants/document-issue.ts';
import type { InstalledAdapter } from '../tenants/installed-adapter.ts';
import { readDocument } from '../tenants/read-document.ts';
import type { Connection } from '../tenants/tenant.ts';
import type { TenantDocument } from '../tenants/tenant-document.ts';
import { readTextFile } from '../tenants/tenants-folder.ts';
import { adaptersHere, guarded, print } from './command-line.ts';
import { describeReading } from './describe-reading.ts';
import { readInput } from './read-input.ts';

interface Given {
  readonly _: string[];
  readonly document: string;
  readonly connection?: string | undefined;
  readonly status?: string | undefined;
  readonly input?: string | undefined;
  readonly json: boolean;
}

export const replyCommand = defineCommand({
  meta: {
    name: 'reply',
    description:
      'Show how a reply of a telephone system is read: which rule holds, what is captured, the attempts of a report. Nothing is sent',
  },
  args: {
    feature: {
      type: 'positional',
      required: true,
      description: 'click2call, transfer, recording, …',
    },
    file: {
      type: 'positional',
      required: true,
      description:
        'the reply: its body, or what "curl -i" has printed; several files where the feature sends several requests, the last one for the last of them',
      valueHint: 'FILE…',
    },
    document: {
      type: 'string',
      required: true,
      description: 'the tenant document, YAML or JSON',
      valueHint: 'FILE',
    },
    connection: {
      type: 'string',
      description: 'name of the connection; by default the one that serves the feature',
      valueHint: 'NAME',
    },
    status: { type: 'string', description: 'HTTP status of a reply that is only its body; 200' },
    input: {
      type: 'string',
      description: 'JSON: what the feature is given; made-up values where it is left out',
      valueHint: 'JSON',
    },
    json: { type: 'boolean', default: false, description: 'the whole reading as JSON' },
  },
  run: guarded(async ({ args }: { args: Given }) => {
    const [feature = '', ...files] = args._;
    if (!isFeature(feature))
      throw new StartError(`there is no feature "${feature}"; there is ${featureNames.join(', ')}`);
    const adapters = await adaptersHere(readEnvironment(process.env));
    const document = await readChecked(args.document, adapters);
    const connection = connectionOf(document, feature, args.connection, adapters);
    const replies = await Promise.all(files.map((file) => readReply(file, args.status)));
    const input = args.input === undefined ? sampleInput(feature) : readInput(args.input);
    const tried = await tryOffline(document, connection, { feature, input }, replies).catch(
      inWords,
    );
    if (args.json) {
      const { error, ...rest } = tried;
      const shown = error && { code: error.code, message: error.message, vendor: error.vendor };
      print(JSON.stringify({ ...rest, ...(shown && { error: shown }) }, undefined, 2));
    } else print(describeReading(tried));
  }),
});

async function tryOffline(
  document: TenantDocument,
  connection: Connection,
  { feature, input }: { readonly feature: FeatureName; readonly input: unknown },
  replies: readonly KeptReply[],
): Promise<TriedReply> {
  const none = () => Promise.resolve(undefined);
  const trial = await prepareTrial(connection, feature, input, { find: none, currentOf: none });
  const base = {
    tenant: { id: document.id, timeZone: document.timezone },
    connection: connection.name,
    logger: silent,
    signal: new AbortController().signal,
    now: () => new Date(),
  };
  return tryReply(feature, base, trial, replies);
}

/** Not even the request can be made: the input is wrong, or the connection has no such feature. */
function inWords(error: unknown): never {
  if (TelephonyError.isInstance(error))
    throw new StartError([error.message, error.hint ?? ''].join(' ').trim());
  if (!(error instanceof RequestError)) throw error;
  const { detail, errors = [] } = error.problem;
  throw new StartError(
    [detail, ...errors.map((item) => `${item.path ?? ''}: ${item.message}`)].join('\n'),
  );
}

const ignore = () => undefined;
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

const isFeature = (name: string): name is FeatureName =>
  featureNames.some((feature) => feature === name);

async function readReply(file: string, status: string | undefined): Promise<KeptReply> {
  const reply = readKeptReply(await readTextFile(file));
  if (status === undefined) return reply;
  const number = Number(status);
  if (!(Number.isInteger(number) && number >= 200 && number <= 599))
    throw new StartError(`--status ${status}: write a status from 200 to 599`);
  return { ...reply, status: number };
}

type Adapters = ReadonlyMap<string, InstalledAdapter>;

async function readChecked(file: string, adapters: Adapters): Promise<TenantDocument> {
  const reading = readDocument(await readTextFile(file));
  const checked =
    'value' in reading ? checkDocument(reading.value, adapters) : { issues: reading.issues };
  if ('document' in checked && checked.document) return checked.document;
  throw new StartError(checked.issues.map((issue) => `${file}: ${formatIssue(issue)}`).join('\n'));
}

/** With placeholders for its secrets: what is not there cannot be shown. */
function connectionOf(
  document: TenantDocument,
  feature: FeatureName,
  given: string | undefined,
  adapters: Adapters,
): Connection {
  const [only, ...others] = Object.keys(document.connections);
  const name = given ?? document.features[feature] ?? (others.length === 0 ? only : undefined);
  const settings = name === undefined ? undefined : document.connections[name];
  if (name === undefined || !settings)
    throw new StartError(
      `company ${document.id}: say which connection with --connection NAME; it has ${Object.keys(document.connections).join(', ') || 'none'}`,
    );
  const built = buildConnection(name, settings, {
    adapters,
    lookup: (secret) => `***${secret}***`,
  });
  if (!built) throw new StartError(`company ${document.id}: connection ${name} cannot be used`);
  return built;
}
