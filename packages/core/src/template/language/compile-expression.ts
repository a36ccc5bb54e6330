import type { TracedValue } from '../../context.ts';
import type { ReadValue } from '../../reading.ts';
import { TelephonyError } from '../../errors/telephony-error.ts';
import { afterSending } from '../../errors/unknown-delivery.ts';
import {
  ExpressionError,
  parseExpression,
  pathsOf,
  variablesOf,
  type Comparison,
  type Expression,
  type PathExpression,
} from './expression.ts';
import { filters } from './filters.ts';
import { headerName } from '../exchanges/header-name.ts';
import { suggestion } from '../../nearest-name.ts';
import { compilePattern, matches, type Pattern } from './pattern.ts';
import type { Scope } from './scope.ts';
import { MissingRow } from './missing-row.ts';
import { isAbsent, isTrue, missingParameter, ownOf, textOf } from './value.ts';
import { synonyms, type VariableTable } from './variables.ts';

/** An expression ready to be evaluated, any number of times. */
export interface Compiled extends Evaluation {
  /** The variables it reads, anywhere in it. */
  readonly reads: ReadonlySet<string>;
  /** What it reads from a scope, path by path: for people who examine how an answer was read. */
  readonly inputs: (scope: Scope) => readonly ReadValue[];
}

interface Evaluation {
  readonly evaluate: (scope: Scope) => unknown;
  readonly source: TracedValue['source'];
}

/** What may be named at a place of a document. */
export interface Names {
  readonly table: VariableTable;
  /** The connection's own variables; a name that is not declared is a mistake. */
  readonly variables: readonly string[];
  /** Parts of other variables that the document declares: what is captured, the columns of its tables. */
  readonly members?: Readonly<Record<string, readonly string[]>>;
  /** The expression is a condition. Its value is not sent anywhere, so a parameter that was not sent is absent, not an error. */
  readonly isCondition?: boolean;
  /** Set where rows are expected: the rows of a value that is a list. List filters accept no other value there: an error page would become an empty list. */
  readonly rowsOf?: (value: unknown) => readonly unknown[] | undefined;
}

/** @throws {ExpressionError} for what cannot be read, an unknown variable or filter, a regular expression that cannot be compiled. */
export function compileExpression(source: string, names: Names): Compiled {
  const expression = parseExpression(source);
  const { evaluate, source: origin } = compile(expression, names);
  return {
    source: origin,
    evaluate: (scope) => {
      try {
        return evaluate(scope);
      } catch (error) {
        throw scope.reply ? afterSending(error) : error;
      }
    },
    reads: new Set(variablesOf(expression)),
    inputs: (scope) => inputsOf(expression, names, scope),
  };
}

/** Compiled on demand: only somebody who tries an answer needs it. */
function inputsOf(expression: Expression, names: Names, scope: Scope): readonly ReadValue[] {
  const found = new Map<string, ReadValue>();
  for (const path of pathsOf(expression)) {
    const written = describe(path);
    const value = compilePath(path, names).evaluate(scope);
    found.set(written, { expression: written, ...(!isAbsent(value) && { value }) });
  }
  return [...found.values()];
}

function compile(expression: Expression, names: Names): Evaluation {
  switch (expression.kind) {
    case 'literal':
      return { evaluate: () => expression.value, source: 'literal' };
    case 'list': {
      const items = expression.items.map((item) => compile(item, names));
      return {
        evaluate: (scope) => items.map((item) => item.evaluate(scope)),
        source: 'literal',
      };
    }
    case 'path':
      return compilePath(expression, names);
    case 'filter':
      return compileFilter(expression, names);
    case 'compare':
      return compileComparison(expression, names);
    case 'not': {
      const operand = compile(expression.operand, names);
      return { ...operand, evaluate: (scope) => !isTrue(operand.evaluate(scope)) };
    }
    case 'logic': {
      const left = compile(expression.left, names);
      const right = compile(expression.right, names);
      const evaluate =
        expression.operator === 'and'
          ? (scope: Scope) => isTrue(left.evaluate(scope)) && isTrue(right.evaluate(scope))
          : (scope: Scope) => isTrue(left.evaluate(scope)) || isTrue(right.evaluate(scope));
      return { evaluate, source: left.source };
    }
  }
}

function compilePath({ root, steps }: PathExpression, names: Names): Evaluation {
  const variable = Object.hasOwn(names.table, root) ? names.table[root] : undefined;
  if (!variable)
    throw new ExpressionError(
      `unknown variable "${root}"${suggestion(root, Object.keys(names.table), synonyms)}`,
    );
  checkMember(root, steps[0], variable, names);
  const { source } = variable;
  const follow = followSteps(steps);
  if (root === 'reply') return { evaluate: (scope) => follow(scope.reply?.value()), source };
  if (root === 'text') return { evaluate: (scope) => heard(scope)?.text, source };
  if (root === 'status') return { evaluate: (scope) => scope.reply?.status, source };
  if (root === 'header') {
    const name = String(steps[0]);
    if (!headerName.test(name)) throw new ExpressionError(`"${name}" is not a header name`);
    return { evaluate: (scope) => heard(scope)?.headers.get(name) ?? undefined, source };
  }
  const read = (scope: Scope) =>
    Object.hasOwn(scope.values, root) ? scope.values[root] : undefined;
  if (steps.length === 0) return { evaluate: read, source };
  if (root !== 'parameters') return { evaluate: (scope) => follow(read(scope)), source };
  return { evaluate: (scope) => follow(read(scope)) ?? missingParameter, source };
}

/** What the vendor sent: its answer, or a request of its own. */
const heard = ({ reply, notification }: Scope) => reply ?? notification;

/**
 * A value to be written: a missing parameter is the caller's mistake. Once there is an answer, it only counts as absent: the request has been sent, and an
 * error that says "send it again with the parameter" would place a second call.
 */
export function present(value: unknown, expression: string, scope: Scope): unknown {
  if (value !== missingParameter) return value;
  if (scope.reply) return undefined;
  throw new TelephonyError({
    code: 'invalid_input',
    message: `The value of {{ ${expression} }} was not sent.`,
    hint: 'Send it in "parameters", or give it a default in the connection: {{ … | default: "" }}.',
  });
}

const orNothing = (value: unknown) => (value === missingParameter ? undefined : value);

/** Structures that may be used as a whole: a list of rows, a text. */
const wholes: ReadonlySet<string> = new Set(['reply', 'body', 'row', 'item']);

function checkMember(
  root: string,
  step: string | number | undefined,
  { members, isList }: VariableTable[string],
  names: Names,
): void {
  if (isList) {
    if (step === undefined || typeof step === 'number') return;
    throw new ExpressionError(
      `"${root}" is a list; write {{ ${root}[0].${step} }} for the first, or {{ ${root} | map: "${step}" }} for all`,
    );
  }
  if (members === undefined) {
    if (step !== undefined)
      throw new ExpressionError(`"${root}" has no parts; write {{ ${root} }}`);
    return;
  }
  if (step === undefined) {
    if (wholes.has(root)) return;
    throw new ExpressionError(
      `"${root}" needs a name after it, for example {{ ${root}.${members === 'any' ? 'name' : members[0]} }}`,
    );
  }
  const known = names.members?.[root] ?? (root === 'variables' ? names.variables : members);
  if (known !== 'any' && !known.includes(String(step))) {
    throw new ExpressionError(
      `unknown variable "${root}.${step}"${suggestion(String(step), known, synonyms)}`,
    );
  }
}

/** Only own properties are read: a document cannot reach what every object inherits. */
function followSteps(steps: readonly (string | number)[]): (value: unknown) => unknown {
  const path = steps.map(String);
  const positions = steps.map(Number);
  return (start) => {
    let value = start;
    for (let index = 0; index < path.length; index += 1) {
      if (typeof value !== 'object' || value === null) return undefined;
      if (value instanceof MissingRow) throw value.error(path[index] ?? '');
      const step = path[index] ?? '';
      const position = positions[index] ?? 0;
      const key = Array.isArray(value) && position < 0 ? String(value.length + position) : step;
      value = ownOf(value, key);
    }
    return value;
  };
}

type FilterExpression = Extract<Expression, { kind: 'filter' }>;

function compileFilter({ input, name, args }: FilterExpression, names: Names): Evaluation {
  const filter = Object.hasOwn(filters, name) ? filters[name] : undefined;
  if (!filter)
    throw new ExpressionError(`unknown filter "${name}"${suggestion(name, Object.keys(filters))}`);
  const [fewest, most] = filter.arity;
  if (args.length < fewest || args.length > most) {
    const wanted = fewest === most ? String(fewest) : `${fewest} to ${most}`;
    throw new ExpressionError(
      `filter "${name}" takes ${wanted} value${wanted === '1' ? '' : 's'} after ":", not ${args.length}`,
    );
  }
  const complaint = filter.check?.(
    args.map((arg) => (arg.kind === 'literal' ? arg.value : undefined)),
  );
  if (complaint !== undefined) throw new ExpressionError(complaint);
  const compiledInput = compile(input, names);
  const compiledArgs = args.map((arg) => compile(arg, names));
  const { apply } = filter;
  // `default` accepts a missing parameter, as its value and as its fallback.
  const checked =
    name === 'default' ? (value: unknown) => value : names.isCondition ? orNothing : present;
  const describedInput = describe(input);
  const inputOf = (scope: Scope) => checked(compiledInput.evaluate(scope), describedInput, scope);
  const describedArgs = args.map(describe);
  const literals = args.every((arg) => arg.kind === 'literal')
    ? args.map((arg) => arg.value)
    : undefined;
  const argsOf = (scope: Scope) =>
    literals ??
    compiledArgs.map((arg, index) =>
      checked(arg.evaluate(scope), describedArgs[index] ?? '', scope),
    );
  const { rowsOf } = names;
  const findsNone =
    rowsOf && name !== 'default'
      ? (value: unknown) => (filter.takes === 'list' ? !rowsOf(value) : isAbsent(value))
      : () => false;
  return {
    source: compiledInput.source,
    evaluate(scope) {
      const value = inputOf(scope);
      return findsNone(value) ? undefined : apply(value, argsOf(scope), scope);
    },
  };
}

/** A path as it was written, for messages. */
function describe(expression: Expression): string {
  return expression.kind === 'path'
    ? [expression.root, ...expression.steps].join('.')
    : 'expression';
}

const sameText = (left: unknown, right: unknown): boolean =>
  isAbsent(left) || isAbsent(right)
    ? isAbsent(left) && isAbsent(right)
    : textOf(left) === textOf(right);

type Test = (left: unknown, right: unknown) => boolean;

/** Blank text, a list and `false` are not numbers, whatever JavaScript converts them to. */
function numberOf(value: unknown): number {
  if (typeof value === 'number' || value instanceof Date) return Number(value);
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
}

const byNumber =
  (test: (left: number, right: number) => boolean): Test =>
  (left, right) =>
    test(numberOf(left), numberOf(right));

const tests: Readonly<Record<Exclude<Comparison, 'matches'>, Test>> = {
  '==': sameText,
  '!=': (left, right) => !sameText(left, right),
  '<': byNumber((left, right) => left < right),
  '<=': byNumber((left, right) => left <= right),
  '>': byNumber((left, right) => left > right),
  '>=': byNumber((left, right) => left >= right),
  in: (left, right) => Array.isArray(right) && right.some((item) => sameText(left, item)),
  contains: (left, right) =>
    Array.isArray(left)
      ? left.some((item) => sameText(item, right))
      : textOf(left).includes(textOf(right)),
};

type CompareExpression = Extract<Expression, { kind: 'compare' }>;

function compileComparison({ operator, left, right }: CompareExpression, names: Names): Evaluation {
  const compiledLeft = compile(left, names);
  if (operator === 'matches') {
    const pattern = patternOf(right);
    return {
      ...compiledLeft,
      evaluate: (scope) => matches(pattern, textOf(compiledLeft.evaluate(scope))),
    };
  }
  const compiledRight = compile(right, names);
  const test = tests[operator];
  return {
    source: compiledLeft.source,
    evaluate: (scope) => test(compiledLeft.evaluate(scope), compiledRight.evaluate(scope)),
  };
}

function patternOf(expression: Expression): Pattern {
  if (expression.kind !== 'literal' || typeof expression.value !== 'string') {
    throw new ExpressionError('"matches" needs a regular expression in quotes after it');
  }
  return compilePattern(expression.value);
}
