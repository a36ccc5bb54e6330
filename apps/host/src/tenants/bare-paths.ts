import { stringsOf } from './secret-references.ts';

/** A path to what a template reads: an answer, a notification, or the company's own values. */
const barePath =
  /^(?:reply|row|header|body|query|captures|variables|parameters)(?:\.[\w-]+|\[[^\]]*\])+(?:\s*\|.*)?$/;

/** Maps of a template whose texts are sent, or read as values: an expression in them has braces. */
const textMaps: ReadonlySet<string | number> = new Set([
  'capture',
  'fields',
  'query',
  'headers',
  'json',
  'form',
  'columns',
]);

/** Paths written without braces, which are plain text: each call would have the id "reply.id". A file name or a value may rightly look like that. */
export const barePaths = (
  settings: unknown,
): { readonly path: readonly (string | number)[]; readonly text: string }[] =>
  [...stringsOf(settings)].filter(
    ({ path, text }) =>
      barePath.test(text) && path.at(-1) !== '$each' && path.some((key) => textMaps.has(key)),
  );
