import { TelephonyError } from '../../errors/telephony-error.ts';
import type { ReadValue } from '../../reading.ts';
import type { DocumentPlace } from './document-place.ts';
import type { Scope } from './scope.ts';
import type { TextTemplate } from './text-template.ts';
import { isTrue, textOf } from './value.ts';

/** What a document says at a place, compiled. */
export interface Written {
  readonly place: DocumentPlace;
  readonly expression: string;
  readonly compiled: { readonly inputs: (scope: Scope) => readonly ReadValue[] };
}

/** Reports what was read of an answer, if somebody listens, and passes the value on. */
export function told<Value>(
  scope: Scope,
  { place, expression, compiled }: Written,
  value: Value,
): Value {
  scope.explain?.({
    kind: 'value',
    place: place.path.join('.'),
    expression,
    reads: compiled.inputs(scope),
    value: textOf(value),
  });
  return value;
}

/** A condition that decides how the reading goes on; reports what it has read, if somebody listens. */
export function compileCondition(
  expression: string,
  place: DocumentPlace,
): (scope: Scope) => boolean {
  const compiled = place.condition(expression);
  return (scope) => told(scope, { place, expression, compiled }, isTrue(compiled.evaluate(scope)));
}

/** A value that a filter refuses is reported by the reading itself. */
export function renderedOrNothing(template: TextTemplate, scope: Scope): string {
  try {
    return template.render(scope).trim();
  } catch (error) {
    if (TelephonyError.isInstance(error)) return '';
    throw error;
  }
}
