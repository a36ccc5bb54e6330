import * as v from 'valibot';

const anyLimit = 'must be a whole number from 1 to 1000';

export const noNext = 'must be the `next` of a page';
export const pageBefore = '`next` of the previous page.';

/** The `next` of a page. */
export const nextPage = v.pipe(
  v.nullable(v.string()),
  v.description('Send it as `after` for the next page; `null` on the last one.'),
);

/** The query of a paginated list. */
export const paging = {
  /** The maximum number of items. */
  limit: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d+$/, anyLimit),
      v.transform(Number),
      v.number(),
      v.integer(),
      v.minValue(1, anyLimit),
      v.maxValue(1000, anyLimit),
      v.description('1 to 1000; 100 by default.'),
    ),
    '100',
  ),
  /** Where the previous page ended, if there was one. */
  after: v.exactOptional(
    v.pipe(
      v.string(),
      v.check((text) => wholeNumber(text) !== undefined, noNext),
      v.description(pageBefore),
      v.transform(Number),
    ),
  ),
};

/** A number in plain digits. `Number` would also accept `0x1`, `1e0` and white space. */
export function wholeNumber(text: string): number | undefined {
  const number = Number(text);
  return /^\d+$/.test(text) && Number.isSafeInteger(number) ? number : undefined;
}
