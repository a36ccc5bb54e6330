import { randomUUID } from 'node:crypto';
import {
  CallIdSchema,
  Click2CallRequestSchema,
  ContactSchema,
  dialablePhone,
  parsePhone,
  ParametersSchema,
  QueueSchema,
  TelephonyError,
  TransferRequestSchema,
  type Adapter,
  type AdapterContext,
  type DialablePhone,
  type FeatureName,
  type KnownCall,
  type Mailing,
} from '@finaz-telephony/core';
import * as v from 'valibot';
import {
  numberOf,
  personalNumber,
  personalTexts,
  personalValues,
} from '../exchanges/personal-values.ts';
import { invalidRequest } from '../http/error-response.ts';
import { issuesOf } from '../http/json-body.ts';
import { phoneToDial } from './place-call.ts';
import { personalDestination, plainDestination } from './transfer-call.ts';

const ResultsInputSchema = v.strictObject({
  queue: QueueSchema,
  from: v.pipe(v.string(), v.isoTimestamp()),
  to: v.pipe(v.string(), v.isoTimestamp()),
  parameters: v.optional(ParametersSchema),
});
const QueueInputSchema = v.strictObject({
  queue: QueueSchema,
  parameters: v.optional(ParametersSchema),
});
const RecordingInputSchema = v.strictObject({ callId: CallIdSchema });
const LoadInputSchema = v.strictObject({
  queue: QueueSchema,
  contact: v.object({
    ...ContactSchema.entries,
    name: v.optional(ContactSchema.entries.name, ''),
    cpf: v.optional(ContactSchema.entries.cpf, ''),
  }),
  parameters: v.optional(ParametersSchema),
});

/** A feature with its input, ready to be run in some context. */
export interface Trial {
  readonly run: (context: AdapterContext) => Promise<unknown>;
  readonly personal: readonly string[];
  /** Run for real, these ring: at once, or as soon as the dialer comes to them. */
  readonly rings?: readonly DialablePhone[];
  /** Run for real, this queue of the dialer is changed. */
  readonly queue?: string;
}

/** What is tried: of a stored company, or of a document that nobody has saved yet. */
export interface TrialConnection {
  readonly name: string;
  readonly adapter: Adapter;
}

/** Where calls that were placed before are found. */
export interface CallLookup {
  readonly find: (callId: string) => Promise<KnownCall | undefined>;
  readonly currentOf: (extension: string) => Promise<KnownCall | undefined>;
}

export const noCalls: CallLookup = {
  find: () => Promise.resolve(undefined),
  currentOf: () => Promise.resolve(undefined),
};

/**
 * @throws {TelephonyError} `feature_off` where the connection does not have it
 * @throws {RequestError} naming what is wrong with the input
 */
export async function prepareTrial(
  connection: TrialConnection,
  feature: FeatureName,
  input: unknown,
  known: CallLookup,
): Promise<Trial> {
  const { features } = connection.adapter;
  const attemptId = randomUUID();
  switch (feature) {
    case 'click2call': {
      const run = has(features.click2call, connection, feature);
      const {
        queue,
        extension,
        parameters = {},
        ...number
      } = inputOf(Click2CallRequestSchema, input);
      const phone = phoneToDial(number);
      return {
        run: (context) => run({ queue, extension, phone, parameters, attemptId }, context),
        personal: [personalNumber(phone.number), ...personalTexts(parameters)],
        rings: [phone],
      };
    }
    case 'transfer': {
      const run = has(features.transfer, connection, feature);
      const { callId, parameters = {}, ...rest } = inputOf(TransferRequestSchema, input);
      const destination = plainDestination(rest.destination);
      const call =
        callId === undefined ? await known.currentOf(rest.extension) : await known.find(callId);
      return {
        run: (context) =>
          run(
            {
              ...rest,
              destination,
              parameters,
              attemptId,
              callId: callId ?? call?.callId ?? null,
              ...(call && { call }),
            },
            context,
          ),
        personal: [
          ...personalDestination(destination),
          ...numberOf(call),
          ...personalTexts(parameters),
        ],
      };
    }
    case 'recording': {
      const run = has(features.recording, connection, feature);
      const { callId } = inputOf(RecordingInputSchema, input);
      const call = await known.find(callId);
      return {
        async run(context) {
          const response = await run(
            { callId, range: 'bytes=0-1023', ...(call && { call }) },
            context,
          );
          await response.body?.cancel();
          return { status: response.status, contentType: response.headers.get('content-type') };
        },
        personal: numberOf(call),
      };
    }
    case 'contactClear': {
      const run = has(features.contactClear, connection, feature);
      const { queue, parameters = {} } = inputOf(QueueInputSchema, input);
      return { run: (context) => run({ queue, parameters }, context), personal: [], queue };
    }
    case 'contactLoad': {
      const { prepare, send } = has(features.contactLoad, connection, feature);
      const { queue, contact, parameters = {} } = inputOf(LoadInputSchema, input);
      const contacts = {
        async *[Symbol.asyncIterator]() {
          yield contact;
        },
      };
      return {
        async run(context) {
          const mailing = trialMailing(queue, parameters);
          const captures = (await prepare?.(mailing, context))?.captures ?? {};
          return send({ mailing: { ...mailing, captures }, contacts }, context);
        },
        personal: personalValues(contact),
        queue,
        rings: contact.phones.flatMap(
          ({ areaCode, number }) => dialablePhone(parsePhone(number, { areaCode })) ?? [],
        ),
      };
    }
    case 'dialerResults': {
      const { read } = has(features.dialerResults, connection, feature);
      const { queue, from, to, parameters = {} } = inputOf(ResultsInputSchema, input);
      return {
        async run(context) {
          const attempts = [];
          for await (const attempt of read(
            {
              mailing: trialMailing(queue, parameters),
              period: { from: new Date(from), to: new Date(to) },
            },
            context,
          )) {
            attempts.push(attempt);
            if (attempts.length === 20) break;
          }
          return { attempts };
        },
        personal: [],
      };
    }
    case 'answeredCall':
      throw invalidRequest([
        {
          path: 'feature',
          message:
            'answeredCall begins at the telephone system; send an event to one of its addresses instead',
        },
      ]);
  }
}

/** A mailing that is none: for a look at a connection. */
function trialMailing(queue: string, parameters: Mailing['parameters'] = {}): Mailing {
  return { mailingId: randomUUID(), queue, parameters, captures: {} };
}

function has<Feature>(
  feature: Feature | undefined,
  connection: TrialConnection,
  name: string,
): Feature {
  if (feature) return feature;
  throw new TelephonyError({
    code: 'feature_off',
    message: `The connection "${connection.name}" has no ${name}.`,
    hint: `It has ${Object.keys(connection.adapter.features).join(', ') || 'none'}.`,
  });
}

function inputOf<Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
): v.InferOutput<Schema> {
  const parsed = v.safeParse(schema, input);
  if (parsed.success) return parsed.output;
  throw invalidRequest(
    issuesOf(parsed.issues, schema).map(({ path, message }) => ({
      path: `input.${path}`,
      message,
    })),
  );
}
