import { ExpressionError } from './expression.ts';

/** A part of a text, as it was written. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly written: string }
  | { readonly kind: 'expression'; readonly written: string; readonly expression: string };

// Braces inside quotes belong to the quoted text.
const placeholder = /\{\{((?:[^"'}]|"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|\}(?!\}))*)\}\}/y;

/**
 * Splits a text into literal parts and those in `{{ }}`. Linear in the length of the text: the first "{{" without an end is an error,
 * so nothing is read twice.
 *
 * @throws {ExpressionError}
 */
export function splitTemplate(source: string): TemplatePart[] {
  const parts: TemplatePart[] = [];
  let at = 0;
  while (at < source.length) {
    const open = source.indexOf('{{', at);
    if (open !== at)
      parts.push({ kind: 'text', written: source.slice(at, open < 0 ? undefined : open) });
    if (open < 0) break;
    placeholder.lastIndex = open;
    const match = placeholder.exec(source);
    if (!match) {
      throw new ExpressionError(
        '"{{" has no "}}" after it, or a quote before that is left open; braces that are meant as text are written {{ "{{" }}',
      );
    }
    parts.push({ kind: 'expression', written: match[0], expression: (match[1] ?? '').trim() });
    at = placeholder.lastIndex;
  }
  return parts;
}
