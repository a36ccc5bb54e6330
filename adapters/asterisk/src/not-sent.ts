import { beforeSending } from '@finaz-telephony/core';

/**
 * Runs what only looks, before anything is asked for that dials or transfers: an answer that does not come leaves nothing in doubt.
 *
 * @throws {TelephonyError} with `delivery: 'not_sent'` where nobody knows whether the look was answered
 */
export async function onlyLooking<Result>(look: () => Promise<Result>): Promise<Result> {
  try {
    return await look();
  } catch (error) {
    throw beforeSending(error);
  }
}
