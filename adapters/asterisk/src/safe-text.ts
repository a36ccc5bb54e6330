import { TelephonyError, type FeatureName } from '@finaz-telephony/core';

function refuse(message: string, hint: string, feature: FeatureName): never {
  throw new TelephonyError({ code: 'invalid_input', message, hint, feature });
}

/** Begins with a letter or digit, as the patterns of the dialplan do. */
const plainQueue = /^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/;
/** Results of click2call are kept under "c2c"; the others are dialplan extensions besides the queues. */
const takenNames: ReadonlySet<string> = new Set(['c2c', 'espera', 'h', 's']);

export const isSafeQueue = (queue: string) => plainQueue.test(queue) && !takenNames.has(queue);
export const queueRule =
  'It may have letters, digits and "-", begins with a letter or digit, has at most 64 signs, and is none of c2c, espera, h and s, which mean something else there.';

/**
 * A queue is used in AstDB families, where "%" and "_" are wildcards (LIKE), in dialplan and in channel ids: only characters that are plain in all of them.
 */
export function safeQueue(queue: string, feature: FeatureName): string {
  if (isSafeQueue(queue)) return queue;
  return refuse('The name of the queue cannot be used with Asterisk.', queueRule, feature);
}

export function safeExtension(extension: string, feature: FeatureName): string {
  if (/^[A-Za-z0-9_.-]{1,40}$/.test(extension)) return extension;
  return refuse(
    'The extension cannot be used with Asterisk.',
    'It may have letters, digits, "_", "." and "-", and at most 40 of them.',
    feature,
  );
}

/** A call id becomes the name of a file and part of an address: "../" must not lead elsewhere. */
export function safeCallId(callId: string, feature: FeatureName): string {
  // "_" comes from the system's name in asterisk.conf, which precedes it.
  if (/^[A-Za-z0-9_.-]{1,149}$/.test(callId) && !callId.includes('..')) return callId;
  return refuse(
    'This is not a call id of Asterisk.',
    'A call id has at most 149 characters: letters, digits, "_", "." and "-".',
    feature,
  );
}

/** Contact ids pass through AstDB, channel variables and an address: with a separator of one of these in its id, a contact would be lost. */
export function isSafeContactId(contactId: string): boolean {
  return /^[A-Za-z0-9._:@-]{1,100}$/.test(contactId);
}

/** The digits of a number, or `undefined`: an "&" in it would be a second destination, and dropping the "&" would join the two into a third number. */
export function plainNumber(number: string): string | undefined {
  return /^\+?[\d ().-]+$/.test(number) ? number.replace(/\D/g, '') : undefined;
}

export function safeNumber(number: string, feature: FeatureName): string {
  return (
    plainNumber(number) ??
    refuse(
      'The telephone number cannot be used with Asterisk.',
      'It may have digits, blanks, "(", ")", "." and "-".',
      feature,
    )
  );
}
