import process from 'node:process';
import { featureNames } from '@finaz-telephony/core/host';
import { defineCommand } from 'citty';
import { readKeptNotification } from '../trials/kept-notification.ts';
import { readKeptReply, type KeptReply } from '../trials/kept-reply.ts';
import { sampleInput } from '../trials/sample-input.ts';
import { tryNotification } from '../trials/try-notification.ts';
import { tryReply, type TriedReply } from '../trials/try-reply.ts';
import { readEnvironment, StartError } from '../environment.ts';
import { readNamedText } from '../named-file.ts';
import { adaptersHere, guarded, print } from './command-line.ts';
import { describeReading } from './describe-reading.ts';
import {
  inWords,
  notificationFromDocument,
  prepareFromDocument,
  type Adapters,
} from './document-trial.ts';
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
      'Show how a reply of a telephone system is read, or for answeredCall a request of it: which rule holds, what is captured, the attempts of a report, the events. Nothing is sent, and no event is recorded',
  },
  args: {
    feature: {
      type: 'positional',
      required: true,
      description: featureNames.join(', '),
    },
    file: {
      type: 'positional',
      required: true,
      description:
        'the reply: its body, or what "curl -i" has printed; several files where the feature sends several requests, the last one for the last of them. For answeredCall the request: its body, or its first line ("POST /callbacks/1042/dialer?ramal=1001"), headers, and body',
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
    const adapters = await adaptersHere(readEnvironment(process.env));
    if (feature === 'answeredCall') {
      show(await readSampleFile(args, files, adapters), args.json);
      return;
    }
    const prepared = await prepareFromDocument(
      {
        file: args.document,
        feature,
        connection: args.connection,
        input: args.input === undefined ? sampleInput(feature) : readInput(args.input),
      },
      adapters,
    );
    const replies = await Promise.all(files.map((file) => readReply(file, args.status)));
    const tried = await tryReply(prepared.feature, prepared.base, prepared.trial, replies).catch(
      inWords,
    );
    show(tried, args.json);
  }),
});

function show(tried: TriedReply, asJson: boolean): void {
  if (!asJson) {
    print(describeReading(tried));
    return;
  }
  const { error, ...rest } = tried;
  const shown = error && { code: error.code, message: error.message, vendor: error.vendor };
  print(JSON.stringify({ ...rest, ...(shown && { error: shown }) }, undefined, 2));
}

/** Reads a sample of `answeredCall`, where the telephone system sends the request, so there is no reply with a status. */
async function readSampleFile(
  { document, connection: name, status, input }: Given,
  [file = '', ...others]: readonly string[],
  adapters: Adapters,
): Promise<TriedReply> {
  if (status !== undefined || input !== undefined || others.length > 0)
    throw new StartError(
      'answeredCall is read of one file with a request of the telephone system; it takes no --status and no --input',
    );
  const { connection, base } = await notificationFromDocument(
    { file: document, connection: name },
    adapters,
  );
  const sample = readKeptNotification(await readNamedText(file));
  return tryNotification(connection, base, sample).catch(inWords);
}

async function readReply(file: string, status: string | undefined): Promise<KeptReply> {
  const reply = readKeptReply(await readNamedText(file));
  if (status === undefined) return reply;
  if (!/^[2-5]\d\d$/.test(status))
    throw new StartError(`--status ${status}: write a status from 200 to 599`);
  return { ...reply, status: Number(status) };
}
