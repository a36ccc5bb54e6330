/** The expression language: parsed once when a document is saved, see `docs/template.md` of the repository for its grammar. */
export type Expression =
  | { readonly kind: 'literal'; readonly value: string | number | boolean | null }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'path'; readonly root: string; readonly steps: readonly (string | number)[] }
  | {
      readonly kind: 'filter';
      readonly input: Expression;
      readonly name: string;
      readonly args: readonly Expression[];
    }
  | {
      readonly kind: 'compare';
      readonly operator: Comparison;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'logic';
      readonly operator: 'and' | 'or';
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'not'; readonly operand: Expression };

const comparisons = ['==', '!=', '<=', '>=', '<', '>', 'in', 'contains', 'matches'] as const;
export type Comparison = (typeof comparisons)[number];

/** What is wrong with an expression as it was written. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

type Token =
  | { readonly type: 'name' | 'text' | 'number' | 'symbol'; readonly value: string }
  | { readonly type: 'end'; readonly value: '' };

const tokenPattern =
  /\s*(?:(?<name>[A-Za-z_][A-Za-z0-9_-]*)|(?<number>-?\d+(?:\.\d+)?)|"(?<double>(?:[^"\\]|\\.)*)"|'(?<single>(?:[^'\\]|\\.)*)'|(?<symbol>==|!=|<=|>=|[<>|:,.()[\]]))/y;

const longestExpression = 2000;

/** @throws {ExpressionError} */
export function parseExpression(source: string): Expression {
  if (source.length > longestExpression)
    throw new ExpressionError(`the expression has more than ${longestExpression} characters`);
  const parser = new Parser(tokenize(source));
  return parser.whole();
}

export type PathExpression = Extract<Expression, { kind: 'path' }>;

/**
 * The names of the variables that an expression reads. One phone of the list is named with its index, `phones[0]`, because the others are not read; an item of
 * a list is named with the part that is read: `item.phone2`, `item.phones[0]`.
 */
export function variablesOf(expression: Expression): string[] {
  return pathsOf(expression).map(({ root, steps }) => {
    const [part, ...further] = steps;
    if (root === 'phones') return phonesOf(steps);
    if (root !== 'item' || part === undefined) return root;
    return `item.${part === 'phones' ? phonesOf(further) : part}`;
  });
}

const phonesOf = ([place]: PathExpression['steps']): string =>
  typeof place === 'number' ? `phones[${place}]` : 'phones';

/** What an expression reads, anywhere in it. */
export function pathsOf(expression: Expression): PathExpression[] {
  switch (expression.kind) {
    case 'literal':
      return [];
    case 'path':
      return [expression];
    case 'list':
      return expression.items.flatMap(pathsOf);
    case 'filter':
      return [expression.input, ...expression.args].flatMap(pathsOf);
    case 'not':
      return pathsOf(expression.operand);
    case 'compare':
    case 'logic':
      return [...pathsOf(expression.left), ...pathsOf(expression.right)];
  }
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  const end = source.trimEnd().length;
  tokenPattern.lastIndex = 0;
  while (tokenPattern.lastIndex < end) {
    const at = tokenPattern.lastIndex;
    const groups = tokenPattern.exec(source)?.groups;
    if (!groups) {
      const rest = source.slice(at).trimStart();
      const open = rest.startsWith('"') || rest.startsWith("'");
      throw new ExpressionError(
        open
          ? `the text ${rest.slice(0, 20)} has no closing quote`
          : unexpected(Array.from(rest)[0] ?? ''),
      );
    }
    const { name, number, double, single, symbol } = groups;
    const quoted = double ?? single;
    if (name !== undefined) tokens.push({ type: 'name', value: name });
    else if (number !== undefined) tokens.push({ type: 'number', value: number });
    else if (quoted !== undefined) tokens.push({ type: 'text', value: unescape(quoted) });
    else tokens.push({ type: 'symbol', value: symbol ?? '' });
  }
  tokens.push({ type: 'end', value: '' });
  return tokens;
}

/** What other languages write, and what to write here. */
const otherwise: Readonly<Record<string, string>> = { '=': '==', '&': 'and', '!': 'not' };

function unexpected(found: string): string {
  const meant = Object.hasOwn(otherwise, found) ? otherwise[found] : undefined;
  if (meant !== undefined) return `unexpected ${JSON.stringify(found)}; did you mean "${meant}"?`;
  if (found === '{')
    return 'unexpected "{"; an expression is asked for here, and written without {{ }}';
  if (/^[-+*/%]$/.test(found))
    return `unexpected "${found}"; there is no arithmetic, and texts are put together by [a, b] | join: ""`;
  return /^\p{L}/u.test(found)
    ? `unexpected ${JSON.stringify(found)}; a name with blanks or accents is written in quotes: reply["número da fila"]`
    : `unexpected ${JSON.stringify(found)}`;
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** A backslash before anything else is kept, so that regular expressions can be written as they are. */
function unescape(text: string): string {
  return text.replace(/\\([\s\S])/g, (written, character: string) =>
    character === '"' || character === "'" || character === '\\'
      ? character
      : (escapes[character] ?? written),
  );
}

const words: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };
const reserved: ReadonlySet<string> = new Set([
  'and',
  'or',
  'not',
  'in',
  'contains',
  'matches',
  'true',
  'false',
  'null',
]);
const deepest = 50;

/** An integer beyond 2^53 stays text, as in replies, so that ids are compared with all their digits. */
function numberOf(written: string): number | string {
  const number = Number(written);
  return written.includes('.') || Number.isSafeInteger(number) ? number : written;
}

class Parser {
  readonly #tokens: readonly Token[];
  #position = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Expression {
    const expression = this.#or();
    const { type, value } = this.#peek();
    if (type !== 'end') throw new ExpressionError(unexpected(value));
    return expression;
  }

  #peek(): Token {
    return this.#tokens[this.#position] ?? { type: 'end', value: '' };
  }

  #take(): Token {
    const token = this.#peek();
    this.#position += 1;
    return token;
  }

  #accept(type: Token['type'], value: string): boolean {
    const token = this.#peek();
    if (token.type !== type || token.value !== value) return false;
    this.#position += 1;
    return true;
  }

  #expect(value: string): void {
    if (!this.#accept('symbol', value)) {
      const { type, value: found } = this.#peek();
      const place = type === 'end' ? 'at the end' : `before ${JSON.stringify(found)}`;
      const mend =
        type === 'symbol' && found === '|'
          ? '; a value with a filter stands in parentheses: [(name | upper), number]'
          : '';
      throw new ExpressionError(`expected "${value}" ${place}${mend}`);
    }
  }

  #or(): Expression {
    let left = this.#and();
    while (this.#accept('name', 'or'))
      left = { kind: 'logic', operator: 'or', left, right: this.#and() };
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.#accept('name', 'and'))
      left = { kind: 'logic', operator: 'and', left, right: this.#not() };
    return left;
  }

  #not(): Expression {
    this.#depth += 1;
    if (this.#depth > deepest)
      throw new ExpressionError(`the expression is nested deeper than ${deepest} levels`);
    const expression: Expression = this.#accept('name', 'not')
      ? { kind: 'not', operand: this.#not() }
      : this.#comparison();
    this.#depth -= 1;
    return expression;
  }

  #comparison(): Expression {
    const left = this.#filtered();
    const { value } = this.#peek();
    const operator = comparisons.find((known) => known === value);
    if (operator === undefined || this.#peek().type === 'text') return left;
    this.#take();
    return { kind: 'compare', operator, left, right: this.#filtered() };
  }

  #filtered(): Expression {
    let input = this.#primary();
    while (this.#accept('symbol', '|')) {
      const { type, value: name } = this.#take();
      if (type !== 'name')
        throw new ExpressionError(
          'expected the name of a filter after "|"; between conditions, write "or"',
        );
      const args: Expression[] = [];
      if (this.#accept('symbol', ':')) {
        do args.push(this.#primary());
        while (this.#accept('symbol', ','));
      }
      input = { kind: 'filter', input, name, args };
    }
    return input;
  }

  #primary(): Expression {
    const { type, value } = this.#take();
    if (type === 'text') return { kind: 'literal', value };
    if (type === 'number') return { kind: 'literal', value: numberOf(value) };
    if (type === 'name') return this.#named(value);
    if (type === 'symbol' && value === '(') {
      const expression = this.#or();
      this.#expect(')');
      return expression;
    }
    if (type === 'symbol' && value === '[') return this.#list();
    throw new ExpressionError(
      type === 'end' ? 'the expression ends too early' : `unexpected ${JSON.stringify(value)}`,
    );
  }

  #named(name: string): Expression {
    const word = Object.hasOwn(words, name) ? words[name] : undefined;
    if (word !== undefined) return { kind: 'literal', value: word };
    if (reserved.has(name)) throw new ExpressionError(`unexpected "${name}"`);
    return { kind: 'path', root: name, steps: this.#steps() };
  }

  #steps(): (string | number)[] {
    const steps: (string | number)[] = [];
    for (;;) {
      if (this.#accept('symbol', '.')) {
        const { type, value } = this.#take();
        if (type !== 'name' && type !== 'number')
          throw new ExpressionError('expected a name after "."');
        // In `rows.0.1`, `0.1` is one token, a number.
        steps.push(...value.split('.'));
      } else if (this.#accept('symbol', '[')) {
        const { type, value } = this.#take();
        if (type !== 'number' && type !== 'text')
          throw new ExpressionError('expected a number or a quoted name in "[ ]"');
        steps.push(type === 'number' ? Number(value) : value);
        this.#expect(']');
      } else return steps;
    }
  }

  #list(): Expression {
    const items: Expression[] = [];
    if (this.#accept('symbol', ']')) return { kind: 'list', items };
    do items.push(this.#primary());
    while (this.#accept('symbol', ','));
    this.#expect(']');
    return { kind: 'list', items };
  }
}
