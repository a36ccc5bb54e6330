import { compileExpression, present, type Names } from './compile-expression.ts';
import { ExpressionError } from './expression.ts';
import type { Scope } from './scope.ts';
import { textOf } from './value.ts';

/** A text with `{{ expressions }}` in it, ready to be rendered. */
export interface TextTemplate {
  /** The text; each value is passed through `escape` once, and never read again. */
  readonly render: (scope: Scope, escape?: (text: string) => string) => string;
  /** The value itself, with its type, where the whole text is one expression; else the text. */
  readonly value: (scope: Scope) => unknown;
  readonly readsReply: boolean;
  /** Without any expression in it. */
  readonly isLiteral: boolean;
}

const placeholder = /\{\{((?:[^"'}]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\}(?!\}))*)\}\}/g;

type Part = string | { readonly expression: string; readonly evaluate: (scope: Scope) => unknown };

/**
 * Compiles a text. `place` says where it stands, for traces.
 *
 * @throws {ExpressionError}
 */
export function compileText(source: string, names: Names, place: string): TextTemplate {
  const parts: Part[] = [];
  let readsReply = false;
  let copied = 0;
  for (const match of source.matchAll(placeholder)) {
    const expression = (match[1] ?? '').trim();
    const compiled = compileExpression(expression, names);
    readsReply ||= compiled.readsReply;
    if (match.index > copied) parts.push(checkedLiteral(source.slice(copied, match.index)));
    copied = match.index + match[0].length;
    parts.push({
      expression,
      evaluate(scope) {
        const value = present(compiled.evaluate(scope), expression);
        scope.trace?.({ place, expression, value: textOf(value), source: compiled.source });
        return value;
      },
    });
  }
  if (copied < source.length) parts.push(checkedLiteral(source.slice(copied)));
  const [only] = parts;
  const single = parts.length === 1 && typeof only === 'object' ? only : undefined;

  function render(scope: Scope, escape?: (text: string) => string): string {
    let result = '';
    for (const part of parts) {
      if (typeof part === 'string') result += part;
      else {
        const text = textOf(part.evaluate(scope));
        result += escape ? escape(text) : text;
      }
    }
    return result;
  }

  return {
    render,
    value: (scope) => (single ? single.evaluate(scope) : render(scope)),
    readsReply,
    isLiteral: parts.every((part) => typeof part === 'string'),
  };
}

function checkedLiteral(text: string): string {
  if (text.includes('{{')) {
    throw new ExpressionError(
      '"{{" has no "}}" behind it; braces that are meant as text are written {{ "{{" }}',
    );
  }
  return text;
}
