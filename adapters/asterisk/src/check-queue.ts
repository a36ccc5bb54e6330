import { TelephonyError, type FeatureName } from '@finaz-telephony/core';
import { evaluate, type Act } from './ami.ts';

/** @throws {TelephonyError} `not_found` */
export async function checkQueue(act: Act, queue: string, feature: FeatureName): Promise<void> {
  if ((await evaluate(act, `QUEUE_EXISTS(${queue})`)) === '1') return;
  throw new TelephonyError({
    code: 'not_found',
    feature,
    message: 'Asterisk has no such queue.',
    hint: 'Add it to queues.conf with its operators, then "queue reload all".',
    vendor: { message: 'QUEUE_EXISTS: 0' },
  });
}
