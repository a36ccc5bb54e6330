import { invalidRequest } from './error-response.ts';

/** `limit` of a list: how many at the most. @throws {RequestError} */
export function limitOf(text: string | undefined): number {
  if (text === undefined) return 100;
  const limit = wholeNumber(text);
  if (limit === undefined || limit < 1 || limit > 1000) {
    throw invalidRequest([
      { parameter: 'limit', message: 'must be a whole number from 1 to 1000' },
    ]);
  }
  return limit;
}

/** `after` of a list: where the previous page ended, if there was one. @throws {RequestError} */
export function afterOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const after = wholeNumber(text);
  if (after === undefined)
    throw invalidRequest([{ parameter: 'after', message: 'must be the `next` of a page' }]);
  return after;
}

/** What stands in an address as plain digits. `Number` would read `0x1`, `1e0` and a blank as well. */
export function wholeNumber(text: string): number | undefined {
  const number = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(number) ? number : undefined;
}
