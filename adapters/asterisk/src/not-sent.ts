import { beforeSending } from '@finaz-telephony/core';

/**
 * Runs a lookup before the request that dials or transfers: a missing answer leaves nothing in doubt.
 *
 * @throws {TelephonyError} with `delivery: 'not_sent'` if it is unknown whether the lookup was answered
 */
export async function onlyLooking<Result>(look: () => Promise<Result>): Promise<Result> {
  try {
    return await look();
  } catch (error) {
    throw beforeSending(error);
  }
}
