import type { ReadValue } from '../reading.ts';
import type { Path } from './compile-document.ts';
import type { Scope } from './scope.ts';
import { textOf } from './value.ts';

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
