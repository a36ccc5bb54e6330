import process from 'node:process';
import { defineCommand } from 'citty';
import { readKeptReply, type KeptReply } from '../calls/kept-reply.ts';
import { sampleInput } from '../calls/sample-input.ts';
import { tryReply } from '../calls/try-reply.ts';
import { readEnvironment, StartError } from '../environment.ts';
import { readNamedText } from '../named-file.ts';
import { adaptersHere, guarded, print } from './command-line.ts';
import { describeReading } from './describe-reading.ts';
import { inWords, prepareFromDocument } from './document-trial.ts';
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
    const adapters = await adaptersHere(readEnvironment(process.env));
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
    if (args.json) {
      const { error, ...rest } = tried;
      const shown = error && { code: error.code, message: error.message, vendor: error.vendor };
      print(JSON.stringify({ ...rest, ...(shown && { error: shown }) }, undefined, 2));
    } else print(describeReading(tried));
  }),
});

async function readReply(file: string, status: string | undefined): Promise<KeptReply> {
  const reply = readKeptReply(await readNamedText(file));
  if (status === undefined) return reply;
  if (!/^[2-5]\d\d$/.test(status))
    throw new StartError(`--status ${status}: write a status from 200 to 599`);
  return { ...reply, status: Number(status) };
}
