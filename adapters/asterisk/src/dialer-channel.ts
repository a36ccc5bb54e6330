import { TelephonyError } from '@finaz-telephony/core';
import { askAri, type AriWork } from './ari.ts';

/** The id of the channel in which the dialplan runs the dialer of a queue. */
export const dialerOf = (queue: string) => `discador-${queue}`;

/** Asterisk answers 409 if the dialer is already running: no second one is started. */
export async function startDialer(work: AriWork, queue: string): Promise<void> {
  const { dialer } = work.settings.contexts;
  const answer = await askAri(work, 'POST', '/channels', {
    endpoint: `Local/${queue}@${dialer}/n`,
    context: dialer,
    extension: 'espera',
    priority: 1,
    timeout: -1,
    channelId: dialerOf(queue),
  });
  if (answer.status === 200 || answer.status === 409) return;
  throw new TelephonyError({
    code: 'invalid_config',
    feature: 'contactLoad',
    message: 'The dialer of the queue could not be started.',
    hint: `Look whether extensions.conf includes finaz.conf with the context ${dialer}.`,
    vendor: { status: answer.status, message: answer.message },
  });
}

/** Calls in progress continue; no new one begins. */
export async function stopDialer(work: AriWork, queue: string): Promise<void> {
  await askAri(work, 'DELETE', `/channels/${dialerOf(queue)}`);
}
