import { TelephonyError, type FeatureName } from '@finaz-telephony/core';
import { evaluate, type Act } from './ami.ts';

/** @throws {TelephonyError} `not_found`, also if only the case of letters differs; `unavailable` if Asterisk does not know its queues, as while it starts */
export async function checkQueue(act: Act, queue: string, feature: FeatureName): Promise<void> {
  const exists = await evaluate(act, `QUEUE_EXISTS(${queue})`);
  if (exists === '1') return checkSpelling(act, queue, feature);
  if (exists === '') {
    throw new TelephonyError({
      code: 'unavailable',
      feature,
      message: 'Asterisk knows of no queues: it is only just starting, or has no app_queue.',
      hint: 'If it has been running for a while: load app_queue ("asterisk doctor" tells what else is missing).',
      vendor: { message: 'QUEUE_EXISTS: no answer' },
    });
  }
  throw new TelephonyError({
    code: 'not_found',
    feature,
    message: 'Asterisk has no such queue.',
    hint: 'Add it to queues.conf with its operators, then "queue reload all".',
    vendor: { message: 'QUEUE_EXISTS: 0' },
  });
}

/** Asterisk takes the queue "sala" for "Sala", and a clear of AstDB would empty both lists, one perhaps another mailing's; all else tells them apart. */
async function checkSpelling(act: Act, queue: string, feature: FeatureName): Promise<void> {
  const { text } = await act({ Action: 'QueueSummary', Queue: queue });
  const name = /^Queue: (.*?)\r?$/m.exec(text)?.[1];
  if (name === undefined || name === queue) return;
  throw new TelephonyError({
    code: 'not_found',
    feature,
    message: 'Asterisk writes the name of this queue in other letters.',
    hint: `Write it as queues.conf does: "${name}".`,
    vendor: { message: `Queue: ${name}` },
  });
}
