import { TelephonyError } from '../errors/telephony-error.ts';

/**
 * Percent-encodes a value as one part of an address or a form.
 *
 * @throws {TelephonyError} `invalid_input` for a text that is no Unicode.
 */
export function percentEncode(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch (error) {
    throw new TelephonyError({
      code: 'invalid_input',
      message: 'A value has half of a character pair (a lone surrogate) and cannot be sent.',
      hint: 'Send well-formed Unicode.',
      cause: error,
    });
  }
}
