import { TelephonyError } from '../../errors/telephony-error.ts';

/** The most that filters may produce from a value, unless it was longer already (a recording in Base64). A chain of filters that each double their input would use up all memory of the host. */
const longestMade = 10_000_000;

/** @throws {TelephonyError} for a text too long for any request */
export function madeText(text: string, given = ''): string {
  demandRoom(text.length, given);
  return text;
}

/** Measured before it is built. */
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
