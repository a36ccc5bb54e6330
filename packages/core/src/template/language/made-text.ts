import { TelephonyError } from '../../errors/telephony-error.ts';

/**
 * The most characters that a filter may produce, unless the value was longer already (a recording in Base64): filters in a row that each double it would use up
 * all memory.
 */
const longestMade = 10_000_000;

/** @throws {TelephonyError} for a text too long for any request */
export function madeText(text: string, given = ''): string {
  demandRoom(text.length, given);
  return text;
}

/** The length is checked before the text is built. */
export function joinedText(parts: readonly string[], separator: string, given = ''): string {
  let length = separator.length * Math.max(0, parts.length - 1);
  for (const part of parts) length += part.length;
  demandRoom(length, given);
  return parts.join(separator);
}

function demandRoom(length: number, given: string): void {
  if (length <= Math.max(longestMade, given.length)) return;
  throw new TelephonyError({
    code: 'invalid_config',
    message: `A filter of the connection makes a text of more than ${longestMade} characters.`,
    hint: 'Look at replace, join, json, csv, xml, base64 and urlEncode in the settings of the feature.',
  });
}
