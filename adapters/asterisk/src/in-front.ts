import {
  meaningOfStatus,
  TelephonyError,
  type ErrorCode,
  type FeatureName,
  type VendorAnswer,
} from '@finaz-telephony/core';

const sentences: Readonly<Partial<Record<ErrorCode, string>>> = {
  auth_failed:
    'Something in front of Asterisk asks for a login of its own, or does not let this host in.',
  rate_limited: 'Something in front of Asterisk asks for fewer requests.',
  network: 'Something in front of Asterisk got no usable answer from it.',
  timeout: 'Something in front of Asterisk got no answer from it in time.',
  unavailable: 'Asterisk, or something in front of it, is not able to do this now.',
};

/**
 * Rejects a status that comes from a proxy in front of Asterisk, or that may come from either of the two.
 *
 * @param words the message of the answer
 * @throws {TelephonyError} with the meaning of the status; after some statuses, it is unknown what Asterisk has done
 */
export function refuseFromInFront(
  response: Pick<Response, 'status' | 'headers'>,
  feature: FeatureName | undefined,
  words: Pick<VendorAnswer, 'message' | 'excerpt'> = {},
): void {
  const failed = meaningOfStatus(response);
  const message = failed && sentences[failed.code];
  if (!failed || message === undefined) return;
  throw new TelephonyError({
    ...failed,
    message,
    hint: 'Look at the proxy or firewall between this host and Asterisk, where there is one.',
    vendor: { status: response.status, ...words },
    ...(feature && { feature }),
  });
}
