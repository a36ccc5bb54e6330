import { meaningOfStatus, TelephonyError, type FeatureName } from '@finaz-telephony/core';

const sentences: Readonly<Record<number, string>> = {
  401: 'Something in front of Asterisk asks for a login of its own.',
  429: 'Something in front of Asterisk asks for fewer requests.',
  502: 'Something in front of Asterisk had no answer of it that it could give.',
  504: 'Something in front of Asterisk had no answer of it in time.',
};

/** What Asterisk itself never says. @throws {TelephonyError} of a proxy that stands in front of it */
export function refuseFromInFront(
  response: Pick<Response, 'status' | 'headers'>,
  feature: FeatureName | undefined,
): void {
  const { status } = response;
  const message = sentences[status];
  const failed = meaningOfStatus(response);
  if (message === undefined || !failed) return;
  throw new TelephonyError({
    ...failed,
    message,
    hint: 'Look at the proxy or firewall between this host and Asterisk.',
    vendor: { status },
    ...(feature && { feature }),
  });
}
