import { TelephonyError } from '../../errors/telephony-error.ts';
import { encodeText } from './charset.ts';
import type { Charset } from './exchange-settings.ts';

/**
 * Percent-encodes a value as one part of an address or a form; in a one-byte charset a form has one byte per character.
 *
 * @throws {TelephonyError} `invalid_input` for text that is not valid Unicode.
 */
export function percentEncode(text: string, charset: Charset = 'utf-8'): string {
  if (charset === 'iso-8859-1' || charset === 'windows-1252') return inOneByte(text, charset);
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

function inOneByte(text: string, charset: Charset): string {
  let encoded = '';
  for (const byte of encodeText(text, charset)) {
    encoded +=
      byte < 0x80
        ? encodeURIComponent(String.fromCharCode(byte))
        : `%${byte.toString(16).toUpperCase()}`;
  }
  return encoded;
}
