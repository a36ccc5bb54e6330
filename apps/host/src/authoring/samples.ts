import { TelephonyError, type FeatureName } from '@finaz-telephony/core';
import { FeatureNameSchema } from '@finaz-telephony/core/host';
import * as v from 'valibot';
import { featureOf } from '../trials/feature-of.ts';
import { NotificationSchema, requestOf } from '../trials/notification-sample.ts';
import { prepareTrial } from '../trials/prepare-trial.ts';
import { noCalls, type Trial, type TrialConnection } from '../trials/trial.ts';
import { readSample } from '../trials/try-notification.ts';
import { ShownRequestSchema } from '../exchanges/shown-request.ts';
import { checkedValue } from '../http/json-body.ts';
import { createOfflineContext } from './offline-context.ts';
import { messageOf } from '../thrown.ts';

const RequestSchema = v.strictObject(ShownRequestSchema.entries);

const ReplySchema = v.strictObject({
  status: v.number(),
  headers: v.record(v.string(), v.string()),
  body: v.string(),
});

/** One use of a feature: its input (for `answeredCall`, the notification), the requests and replies, and the result that the host gets. */
const SampleSchema = v.strictObject({
  connection: v.string(),
  feature: FeatureNameSchema,
  input: v.unknown(),
  exchanges: v.array(v.strictObject({ request: RequestSchema, reply: ReplySchema })),
  result: v.unknown(),
});
export type Sample = v.InferOutput<typeof SampleSchema>;

/** The file `exchanges.json` next to a document. */
export const SamplesSchema = v.strictObject({ samples: v.array(SampleSchema) });

/** Runs a feature with the sample's replies, and returns the requests it would have sent and its result. Nothing is sent. */
export async function playSample(
  connection: TrialConnection,
  timeZone: string,
  { feature, input, exchanges }: Pick<Sample, 'feature' | 'input' | 'exchanges'>,
): Promise<Pick<Sample, 'exchanges' | 'result'>> {
  const replies = exchanges.map(({ reply }) => reply);
  const context = createOfflineContext({ id: 'sample', timeZone }, connection.name, replies);
  const run = await runOf(connection, feature, input);
  let result: unknown;
  try {
    result = plain(await run(context));
  } catch (error) {
    result = { error: errorOf(error) };
  }
  return {
    result,
    exchanges: context.sent.map((request, index) => ({
      request,
      reply: replies[index] ?? { status: 0, headers: {}, body: '' },
    })),
  };
}

async function runOf(
  connection: TrialConnection,
  feature: FeatureName,
  input: unknown,
): Promise<Trial['run']> {
  if (feature !== 'answeredCall')
    return (await prepareTrial(connection, feature, input, noCalls)).run;
  const read = featureOf(connection, feature);
  const sample = checkedValue(NotificationSchema, input, ['input']);
  return (context) =>
    readSample(read, requestOf(sample, context.tenant.id, connection.name), context);
}

function errorOf(error: unknown): unknown {
  if (TelephonyError.isInstance(error))
    return { code: error.code, ...(error.vendor && { vendor: plain(error.vendor) }) };
  return { code: 'internal', message: messageOf(error) };
}

/** The value as it comes back from a JSON file. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null));
