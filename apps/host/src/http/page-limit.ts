import { invalidRequest } from './error-response.ts';

/** `limit` of a list: how many at the most. @throws {RequestError} */
export function limitOf(text: string | undefined): number {
  if (text === undefined) return 100;
  if (!/^\d{1,4}$/.test(text) || Number(text) < 1 || Number(text) > 1000) {
    throw invalidRequest([
      { parameter: 'limit', message: 'must be a whole number from 1 to 1000' },
    ]);
  }
  return Number(text);
}
