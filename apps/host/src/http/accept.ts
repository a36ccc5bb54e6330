/** The media types of an `Accept` header, most preferred first; those refused with `q=0` are omitted. */
export function acceptedTypes(accept: string): readonly string[] {
  return accept
    .split(',')
    .map((part, position) => {
      const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
      const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
      return { type, position, quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality || a.position - b.position)
    .map(({ type }) => type);
}

/**
 * What an `Accept` header prefers of what there is: the first if it has no preference, `undefined` if it accepts nothing of it.
 *
 * @param forms each with its media type
 */
export function acceptedOf<Form>(
  accept: string | undefined,
  forms: readonly (readonly [type: string, form: Form])[],
): Form | undefined {
  const wanted = accept === undefined || accept.trim() === '' ? ['*/*'] : acceptedTypes(accept);
  return wanted.flatMap((type) => forms.filter(([of]) => isWithin(of, type)))[0]?.[1];
}

/** @param range what an `Accept` header names: one media type, all of a kind, or all */
const isWithin = (type: string, range: string): boolean =>
  range === '*/*' || range === type || range === type.replace(/[^/]*$/, '*');

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
