type Value = string | number | boolean | null;
export interface Row {
  readonly [name: string]: Value | undefined | readonly Row[];
}
type Term = (row: Row) => Value;

/** A filter that cannot be read: the server answers 400. */
export class FilterError extends Error {
  override readonly name = 'FilterError';
}

const tokens =
  /\s*(?:(?<text>'(?:[^']|'')*')|(?<moment>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?)|(?<number>-?\d+(?:\.\d+)?)|(?<name>[A-Za-z_]\w*)|(?<mark>[(),]))/y;

/** Reads `$filter`: comparisons, `and`, `or`, `not`, brackets, `contains`, `startswith`, `endswith` and `date`. */
export function readFilter(text: string): (row: Row) => boolean {
  const reader = new FilterReader(text);
  const term = reader.either();
  reader.expectEnd();
  return (row) => term(row) === true;
}

class FilterReader {
  readonly #words: string[] = [];
  #at = 0;

  constructor(text: string) {
    tokens.lastIndex = 0;
    let read = 0;
    for (let match = tokens.exec(text); match !== null; match = tokens.exec(text)) {
      this.#words.push(match[0].trim());
      read = tokens.lastIndex;
    }
    if (text.slice(read).trim() !== '') throw new FilterError(`Syntax error at position ${read}`);
  }

  either(): Term {
    let left = this.#both();
    while (this.#take('or')) {
      const [one, other] = [left, this.#both()];
      left = (row) => one(row) === true || other(row) === true;
    }
    return left;
  }

  expectEnd(): void {
    if (this.#at < this.#words.length) throw new FilterError(`Unexpected '${this.#next()}'`);
  }

  #both(): Term {
    let left = this.#comparison();
    while (this.#take('and')) {
      const [one, other] = [left, this.#comparison()];
      left = (row) => one(row) === true && other(row) === true;
    }
    return left;
  }

  #comparison(): Term {
    if (this.#take('not')) {
      const term = this.#comparison();
      return (row) => term(row) !== true;
    }
    const left = this.#operand();
    const compare = comparisons[this.#words[this.#at] ?? ''];
    if (!compare) return left;
    this.#at += 1;
    const right = this.#operand();
    return (row) => {
      const [one, other] = [left(row), right(row)];
      // As in SQL, a missing value is neither less nor greater.
      if (one === null || other === null) return compare === comparisons['eq'] && one === other;
      return compare(differenceOf(one, other));
    };
  }

  #operand(): Term {
    if (this.#take('(')) {
      const term = this.either();
      this.#expect(')');
      return term;
    }
    const word = this.#next();
    this.#at += 1;
    const call = calls[word];
    if (call && this.#take('(')) return this.#callOf(call);
    if (word.startsWith("'")) return constant(word.slice(1, -1).replaceAll("''", "'"));
    if (word === 'true' || word === 'false') return constant(word === 'true');
    if (word === 'null') return constant(null);
    if (/^-?\d+(?:\.\d+)?$/.test(word)) return constant(Number(word));
    if (/^\d/.test(word)) return constant(word);
    if (!/^[A-Za-z_]/.test(word)) throw new FilterError(`Unexpected '${word}'`);
    return (row) => valueOf(row[word]);
  }

  #callOf(call: (...values: readonly string[]) => Value): Term {
    const operands = [this.#operand()];
    while (this.#take(',')) operands.push(this.#operand());
    this.#expect(')');
    return (row) => call(...operands.map((operand) => String(operand(row) ?? '')));
  }

  #take(word: string): boolean {
    if (this.#words[this.#at] !== word) return false;
    this.#at += 1;
    return true;
  }

  #expect(word: string): void {
    if (!this.#take(word)) throw new FilterError(`'${word}' expected`);
  }

  #next(): string {
    const word = this.#words[this.#at];
    if (word === undefined) throw new FilterError('Expression expected');
    return word;
  }
}

const comparisons: Readonly<Record<string, (difference: number) => boolean>> = {
  eq: (difference) => difference === 0,
  ne: (difference) => difference !== 0,
  gt: (difference) => difference > 0,
  ge: (difference) => difference >= 0,
  lt: (difference) => difference < 0,
  le: (difference) => difference <= 0,
};

const calls: Readonly<Record<string, (...values: readonly string[]) => Value>> = {
  contains: (text = '', part = '') => text.includes(part),
  startswith: (text = '', part = '') => text.startsWith(part),
  endswith: (text = '', part = '') => text.endsWith(part),
  date: (moment = '') => moment.slice(0, 'YYYY-MM-DD'.length),
};

const constant =
  (value: Value): Term =>
  () =>
    value;

export function valueOf(field: Row[string]): Value {
  return typeof field === 'string' || typeof field === 'number' || typeof field === 'boolean'
    ? field
    : null;
}

/** Below 0 if the first is less; NaN, which is neither, if their types differ. */
export function differenceOf(one: NonNullable<Value>, other: NonNullable<Value>): number {
  if (typeof one === 'string' && typeof other === 'string') {
    const [first, second] = [momentOf(one), momentOf(other)];
    if (!Number.isNaN(first) && !Number.isNaN(second)) return first - second;
    return one < other ? -1 : Number(one > other);
  }
  return typeof one === typeof other ? Number(one) - Number(other) : Number.NaN;
}

/** Moments are compared as such, however they are written. */
function momentOf(text: string): number {
  return /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
}
