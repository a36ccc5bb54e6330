import { randomUUID } from 'node:crypto';
import {
  CallIdSchema,
  Click2CallRequestSchema,
  ExtensionSchema,
  TransferRequestSchema,
} from '@finaz-telephony/core/host';
import * as v from 'valibot';
import { personalNumber, personalNumbers, personalTexts } from '../exchanges/personal-values.ts';
import { checkedValue } from '../http/json-body.ts';
import { featureOf } from './feature-of.ts';
import { phoneToDial } from '../calls/place-call.ts';
import { personalDestination, plainDestination } from '../calls/transfer-call.ts';
import type { CallLookup, Trial, TrialConnection } from './trial.ts';

/** `extension` is needed for systems that each operator logs in to, if the call was not placed through this host. */
const RecordingInputSchema = v.strictObject({
  callId: CallIdSchema,
  extension: v.optional(ExtensionSchema),
});

export function click2callTrial(connection: TrialConnection, input: unknown): Trial {
  const run = featureOf(connection, 'click2call');
  const {
    queue,
    extension,
    parameters = {},
    ...number
  } = checkedValue(Click2CallRequestSchema, input, ['input']);
  const phone = phoneToDial(number);
  const attemptId = randomUUID();
  return {
    run: (context) => run({ queue, extension, phone, parameters, attemptId }, context),
    personal: [personalNumber(phone.number), ...personalTexts(parameters)],
    rings: [phone],
  };
}

export async function transferTrial(
  connection: TrialConnection,
  input: unknown,
  known: CallLookup,
): Promise<Trial> {
  const run = featureOf(connection, 'transfer');
  const {
    callId,
    parameters = {},
    ...rest
  } = checkedValue(TransferRequestSchema, input, ['input']);
  const destination = plainDestination(rest.destination);
  const call =
    callId === undefined ? await known.currentOf(rest.extension) : await known.find(callId);
  const request = {
    ...rest,
    destination,
    parameters,
    attemptId: randomUUID(),
    callId: callId ?? call?.callId ?? null,
    isCallNamed: callId !== undefined,
    ...(call && { call }),
  };
  return {
    run: (context) => run(request, context),
    personal: [
      ...personalDestination(destination),
      ...personalNumbers(call),
      ...personalTexts(parameters),
    ],
  };
}

/** The beginning of a recording is enough to show what arrives. */
const range = 'bytes=0-1023';

export async function recordingTrial(
  connection: TrialConnection,
  input: unknown,
  known: CallLookup,
): Promise<Trial> {
  const run = featureOf(connection, 'recording');
  const { callId, extension } = checkedValue(RecordingInputSchema, input, ['input']);
  const placed = await known.find(callId);
  const call =
    placed ?? (extension === undefined ? undefined : { callId, extension, captures: {} });
  return {
    async run(context) {
      const response = await run({ callId, range, ...(call && { call }) }, context);
      await response.body?.cancel();
      return { status: response.status, contentType: response.headers.get('content-type') };
    },
    personal: personalNumbers(call),
  };
}
