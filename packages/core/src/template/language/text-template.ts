import type { ReadValue } from '../../reading.ts';
import { compileExpression, present, type Compiled, type Names } from './compile-expression.ts';
import { parseExpression, pathsOf, type PathExpression } from './expression.ts';
import type { Scope } from './scope.ts';
import { splitTemplate } from './split-template.ts';
import { textOf } from './value.ts';

/** A text with `{{ expressions }}` in it, ready to be rendered. */
export interface TextTemplate {
  /** The text; each value is passed through `escape` once, and never evaluated again. */
  readonly render: (scope: Scope, escape?: (text: string) => string) => string;
  /** The value itself, with its type, if the whole text is one expression; otherwise the text. */
  readonly value: (scope: Scope) => unknown;
  /** The variables that it reads. */
  readonly reads: ReadonlySet<string>;
  /** It contains no expression. */
  readonly isLiteral: boolean;
  /** What its expressions read from a scope. */
  readonly inputs: (scope: Scope) => readonly ReadValue[];
  /** Evaluates only what does not read a variable: what fails in it fails whatever that variable is. */
  readonly evaluateWithout: (variable: string, scope: Scope) => void;
}

type Part = string | Pick<Compiled, 'evaluate' | 'reads' | 'inputs'>;

/**
 * Compiles a text. `place` is its place, for traces.
 *
 * @throws {ExpressionError}
 */
export function compileText(source: string, names: Names, place: string): TextTemplate {
  const reads = new Set<string>();
  const parts = splitTemplate(source).map((part): Part => {
    if (part.kind === 'text') return part.written;
    const { expression } = part;
    const compiled = compileExpression(expression, names);
    for (const name of compiled.reads) reads.add(name);
    return {
      reads: compiled.reads,
      inputs: compiled.inputs,
      evaluate(scope) {
        const value = present(compiled.evaluate(scope), expression, scope);
        scope.trace?.({ place, expression, value: textOf(value), source: compiled.source });
        return value;
      },
    };
  });
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
    reads,
    isLiteral: parts.every((part) => typeof part === 'string'),
    inputs: (scope) =>
      parts.flatMap((part) => (typeof part === 'string' ? [] : part.inputs(scope))),
    evaluateWithout(variable, scope) {
      for (const part of parts)
        if (typeof part !== 'string' && !part.reads.has(variable)) part.evaluate(scope);
    },
  };
}

/** The paths that the expressions of a text read. @throws {ExpressionError} for an expression that cannot be parsed */
export const pathsInText = (source: string): PathExpression[] =>
  splitTemplate(source).flatMap((part) =>
    part.kind === 'text' ? [] : pathsOf(parseExpression(part.expression)),
  );
