interface Range {
  /** One media type, all of a kind, or all. */
  readonly type: string;
  readonly quality: number;
}

/** What an `Accept` header names, most preferred first. */
function rangesOf(accept: string): readonly Range[] {
  return accept
    .split(',')
    .map((part) => {
      const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
      const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return { type, quality: quality === undefined ? 1 : Number(quality) };
    })
    .toSorted((a, b) => b.quality - a.quality);
}

/** The media types of an `Accept` header, most preferred first; those refused with `q=0` are omitted. */
export const acceptedTypes = (accept: string): readonly string[] =>
  rangesOf(accept)
    .filter(({ quality }) => quality > 0)
    .map(({ type }) => type);

/**
 * What an `Accept` header prefers of what there is: the first if it has no preference, `undefined` if it accepts nothing of it.
 *
 * @param forms each with its media type
 */
export function acceptedOf<Form>(
  accept: string | undefined,
  forms: readonly (readonly [type: string, form: Form])[],
): Form | undefined {
  const ranges = rangesOf(accept === undefined || accept.trim() === '' ? '*/*' : accept);
  // The narrowest range that includes a form speaks for it: `application/json;q=0, */*` is all but JSON.
  const rangeOf = (type: string) =>
    [type, type.replace(/[^/]*$/, '*'), '*/*']
      .map((name) => ranges.find((range) => range.type === name))
      .find((range) => range !== undefined);
  return ranges
    .filter(({ quality }) => quality > 0)
    .flatMap((range) => forms.filter(([type]) => rangeOf(type) === range))[0]?.[1];
}

const pages: ReadonlySet<string> = new Set(['text/html', 'application/xhtml+xml', 'text/*']);
const data: ReadonlySet<string> = new Set([
  'application/problem+json',
  'application/json',
  'application/*',
  '*/*',
]);

/** Whether a person waits for the answer, as every browser's `Accept` says for a page. Clients that accept anything get data. */
export function prefersPage(accept = ''): boolean {
  const [best] = acceptedTypes(accept).filter((type) => pages.has(type) || data.has(type));
  return best !== undefined && pages.has(best);
}
