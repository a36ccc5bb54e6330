import type { ReadValue } from '../reading.ts';
import type { DocumentCompiler, Path } from './compile-document.ts';
import type { Scope } from './scope.ts';
import { isTrue, textOf } from './value.ts';

/** Something that was compiled and can say what it reads. */
interface Explained {
  readonly inputs: (scope: Scope) => readonly ReadValue[];
}

/** Reports what was read of an answer, if somebody listens, and passes the value on. */
export function told<Value>(
  scope: Scope,
  place: Path,
  written: { readonly expression: string; readonly compiled: Explained },
  value: Value,
): Value {
  scope.explain?.({
    kind: 'value',
    place: place.join('.'),
    expression: written.expression,
    reads: written.compiled.inputs(scope),
    value: textOf(value),
  });
  return value;
}

/** A condition that decides how the reading goes on; reports what it has read, if somebody listens. */
export function compileCondition(
  expression: string,
  compiler: DocumentCompiler,
  path: Path,
): (scope: Scope) => boolean {
  const compiled = compiler.condition(expression, path);
  return (scope) => told(scope, path, { expression, compiled }, isTrue(compiled.evaluate(scope)));
}
