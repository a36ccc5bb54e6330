import { parsePhone } from '@finaz-telephony/core';
import { invalidRequest } from './error-response.ts';

/** `phone` of a search, as E.164. @throws {RequestError} */
export function numberOf(text: string): string {
  const { e164 } = parsePhone(text);
  if (e164 === undefined)
    throw invalidRequest([
      { parameter: 'phone', message: 'is not a telephone number with its area code' },
    ]);
  return e164;
}
