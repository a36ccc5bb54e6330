import process from 'node:process';
import { featureNames } from '@finaz-telephony/core/host';
import { defineCommand } from 'citty';
import * as v from 'valibot';
import { previewFeature } from '../trials/preview.ts';
import { sampleInput } from '../trials/sample-input.ts';
import { shownPreview } from '../trials/shown-preview.ts';
import { readEnvironment, StartError, type Environment } from '../environment.ts';
import { adaptersHere, guarded, print, say } from './command-line.ts';
import { inWords, prepareFromDocument } from './document-trial.ts';
import { hostFlags, namedHost, type HostFlags } from './host-api.ts';
import { readInput } from './read-input.ts';

interface PreviewArguments extends HostFlags {
  readonly tenant: string;
  readonly connection: string;
  readonly feature: string;
  readonly input?: string | undefined;
  readonly document?: string | undefined;
}

export const previewCommand = defineCommand({
  meta: {
    name: 'preview',
    description:
      'Show the exact request of a feature, secrets masked; nothing is sent to the telephone system',
  },
  args: {
    tenant: { type: 'positional', required: true, description: 'id of the company' },
    connection: { type: 'positional', required: true, description: 'name of the connection' },
    feature: {
      type: 'positional',
      required: true,
      description: featureNames.filter((name) => name !== 'answeredCall').join(', '),
    },
    input: {
      type: 'string',
      description: `what the feature is given; by default an example: ${JSON.stringify(sampleInput('click2call'))}`,
      valueHint: 'JSON',
    },
    document: {
      type: 'string',
      description: 'a tenant document that is not stored yet; then no host is asked',
      valueHint: 'FILE',
    },
    ...hostFlags,
  },
  run: guarded(async ({ args }: { args: PreviewArguments }) => {
    if (args.document === undefined) await previewByHost(args);
    else await previewByDocument(args.document, args, readEnvironment(process.env));
  }),
});

async function previewByDocument(
  file: string,
  args: PreviewArguments,
  environment: Environment,
): Promise<void> {
  const { feature, connection } = args;
  const prepared = await prepareFromDocument(
    { file, feature, connection, input: inputOf(args) },
    await adaptersHere(environment),
  );
  const preview = await previewFeature(prepared.feature, prepared.base, prepared.trial.run).catch(
    inWords,
  );
  show(shownPreview(preview, prepared.trust));
}

async function previewByHost(args: PreviewArguments): Promise<void> {
  const { tenant, connection, feature } = args;
  const { url, headers } = namedHost(args);
  const path = `/v1/tenants/${encodeURIComponent(tenant)}/connections/${encodeURIComponent(connection)}/preview`;
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    body: JSON.stringify({ feature, input: inputOf(args) }),
    headers: { ...headers, 'Content-Type': 'application/json' },
  }).catch((error: unknown) => {
    throw new StartError(
      `no host answers at ${url}; start one with "finaz-telephony serve", or name it with --url or TELEPHONY_URL`,
      { cause: error },
    );
  });
  const text = await response.text();
  const answer = v.safeParse(JsonText, text);
  // If something other than a host answers, its text helps more than the message that it is not JSON.
  show(answer.success ? answer.output : text);
  if (response.status !== 200) process.exitCode = 1;
}

const JsonText = v.pipe(v.string(), v.parseJson());
const WithCurl = v.object({ curl: v.string() });

/** Prints the preview as JSON on stdout, and its curl command once more on stderr: with the backslashes of JSON it could not be pasted. */
function show(preview: unknown): void {
  print(JSON.stringify(preview, undefined, 2));
  if (v.is(WithCurl, preview)) say(`\n${preview.curl}`);
}

function inputOf({ feature, input }: PreviewArguments): unknown {
  return input === undefined ? (sampleInput(feature) ?? {}) : readInput(input);
}
