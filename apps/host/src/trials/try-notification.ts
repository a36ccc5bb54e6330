import {
  TelephonyError,
  type AdapterContext,
  type AnsweredCallReading,
  type ReadAnsweredCall,
} from '@finaz-telephony/core';
import type { ReadingStep } from '@finaz-telephony/core/host';
import { withUnreadable } from '../events/unreadable-calls.ts';
import { createMasker } from '../exchanges/mask.ts';
import { maskValue } from '../exchanges/mask-value.ts';
import { adapterFailure, maskedError } from '../adapter-work/adapter-failure.ts';
import { featureOf } from './feature-of.ts';
import { maskedStep } from './masked-step.ts';
import { requestOf, type NotificationSample } from './notification-sample.ts';
import type { SampledConnection } from './sampled-connection.ts';
import type { TrialContext } from './trial-context.ts';
import type { HeardAnswer, TriedReply } from './try-reply.ts';

/**
 * Reads a sample of a notification as the address of the connection would, and reports how. Nothing is stored or sent. A wrong signature is reported, and the
 * rest is read all the same.
 *
 * @throws {TelephonyError} if the connection has no answeredCall
 * @throws {RequestError} if the sample is not a valid request
 */
export async function tryNotification(
  connection: SampledConnection,
  base: TrialContext,
  sample: NotificationSample,
): Promise<TriedReply> {
  const steps: ReadingStep[] = [];
  const concealed: string[] = [];
  const conceal = [connection.secretValues, concealed];
  const told = () => ({
    requests: [],
    steps: steps.map((step) => maskedStep(step, conceal)),
  });
  /** The answer to the sender reports a wrong signature before any other error. */
  const failed = (error: TelephonyError) => ({
    error: maskedError(error, 'answeredCall', conceal),
    ...answerTo(refusalIn(steps) ?? error),
  });
  const context: AdapterContext = {
    ...base,
    explain: (step) => steps.push(known(step, connection)),
    conceal: (value) => concealed.push(value),
    fetch: () => Promise.reject(nothingSent()),
  };
  const run = featureOf(connection, 'answeredCall');
  const request = requestOf(sample, base.tenant.id, connection.name);
  try {
    const { answer, ...result } = await readSample(run, request, context);
    const masker = createMasker(conceal);
    const read = { ...told(), result: maskValue(masker, result) };
    const refused = refusalIn(steps);
    if (refused) return { ...read, ...failed(refused) };
    const { body, ...rest } = answer;
    return {
      ...read,
      answer: { ...rest, ...(body !== undefined && { body: masker.text(body) }) },
    };
  } catch (error) {
    return { ...told(), ...failed(adapterFailure(error, 'answeredCall', base.logger)) };
  }
}

export interface ReadSample extends Pick<AnsweredCallReading, 'events' | 'unreadable'> {
  readonly answer: HeardAnswer;
}

/** The events of a sample, and the answer that its sender would get. @throws {TelephonyError} */
export async function readSample(
  run: ReadAnsweredCall,
  request: Request,
  context: AdapterContext,
): Promise<ReadSample> {
  const reading = await run(request, { ...context, isSample: true });
  const { events, unreadable, response } = withUnreadable(reading, []);
  return {
    events,
    ...(unreadable.length > 0 && { unreadable }),
    answer: {
      status: response?.status ?? 200,
      ...(response && { body: await response.text() }),
    },
  };
}

/** Marks a signature as unchecked if secrets are missing, because it is then neither right nor wrong. */
function known(step: ReadingStep, { missing }: SampledConnection): ReadingStep {
  if (step.kind !== 'signature' || missing.length === 0) return step;
  return { ...step, state: 'unchecked', reason: `secret ${missing.join(', ')} is not known here` };
}

function refusalIn(steps: readonly ReadingStep[]): TelephonyError | undefined {
  const refused = steps.find((step) => step.kind === 'signature' && step.state === 'refused');
  if (refused?.kind !== 'signature') return undefined;
  return new TelephonyError({
    code: 'auth_failed',
    message: refused.reason ?? 'The signature of the notification is wrong.',
    hint: 'Compare answeredCall.signature of the connection with what the telephone system documents, and its secret with the one that is set there.',
  });
}

/** The status with which the address of the connection answers an error; `{}` for errors that the adapter answers itself. */
function answerTo({ code }: TelephonyError): { readonly answer?: HeardAnswer } {
  const status = { invalid_input: 400, auth_failed: 403, invalid_config: 503 };
  const found = Object.entries(status).find(([name]) => name === code);
  return found ? { answer: { status: found[1] } } : {};
}

const nothingSent = () =>
  new TelephonyError({
    code: 'unavailable',
    delivery: 'not_sent',
    message: 'Nothing is sent where a sample of a notification is tried.',
  });
