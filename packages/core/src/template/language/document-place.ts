import type { FeatureName } from '../../features/feature-name.ts';
import type { SettingsIssue } from '../../errors/settings-error.ts';
import { compileExpression, type Compiled, type Names } from './compile-expression.ts';
import { ExpressionError } from './expression.ts';
import { compileText, type TextTemplate } from './text-template.ts';

export type Path = readonly (string | number)[];

/** After this many issues, the rest of a document is not checked: a document full of mistakes would block everybody else for minutes. */
const mostIssues = 100;

/** What a place shares with the places above it. */
interface Inherited {
  readonly names: Names;
  readonly issues: SettingsIssue[];
  /** The feature that the place belongs to; none in a login and in a check. */
  readonly feature: FeatureName | undefined;
  /** The variables read by everything compiled so far, here and below. */
  readonly reads: Set<string>;
}

/** A place of a document: compiles what is written there, and collects every mistake in it. */
export class DocumentPlace {
  readonly path: Path;
  readonly #inherited: Inherited;

  constructor(path: Path, given: Pick<Inherited, 'names'> & Partial<Inherited>) {
    this.path = path;
    this.#inherited = { issues: [], feature: undefined, reads: new Set(), ...given };
  }

  get issues(): readonly SettingsIssue[] {
    return this.#inherited.issues;
  }

  get feature(): FeatureName | undefined {
    return this.#inherited.feature;
  }

  get reads(): ReadonlySet<string> {
    return this.#inherited.reads;
  }

  /** A place below this one. */
  at(...steps: Path): DocumentPlace {
    return new DocumentPlace([...this.path, ...steps], this.#inherited);
  }

  /** The place of a key that the connection sets for all its features; compiled with the names of this place. */
  ofConnection(key: 'baseUrl' | 'headers'): DocumentPlace {
    return new DocumentPlace([key], this.#inherited);
  }

  /** The same place with more names; the variables that are read there are collected separately. */
  with(table: Names['table']): DocumentPlace {
    return new DocumentPlace(this.path, {
      ...this.#inherited,
      names: this.#namesWith(table),
      reads: new Set(),
    });
  }

  /** The same place with the name `item`, for the items of a list; what they read counts as read by this place. */
  withItem(): DocumentPlace {
    const item = { description: 'One item of the list', source: 'input', members: 'any' } as const;
    return new DocumentPlace(this.path, {
      ...this.#inherited,
      names: this.#namesWith({ item }),
    });
  }

  #namesWith(table: Names['table']): Names {
    const { names } = this.#inherited;
    return { ...names, table: { ...names.table, ...table } };
  }

  text(source: string): TextTemplate {
    const { names } = this.#inherited;
    return this.#noted(
      this.attempt(() => compileText(source, names, tracedAs(this.path)), emptyText),
    );
  }

  expression(source: string): Compiled {
    return this.#expression(source, {});
  }

  /** An expression that is true or false. In it, a parameter that was not sent is absent, not an error, even if a filter is applied to it. */
  condition(source: string): Compiled {
    return this.#expression(source, { isCondition: true });
  }

  /** An expression that finds rows. @param rowsOf the rows of a value that is a list; `undefined` if it is not one */
  rows(source: string, rowsOf: NonNullable<Names['rowsOf']>): Compiled {
    return this.#expression(source, { rowsOf });
  }

  #expression(source: string, more: Partial<Names>): Compiled {
    const names = { ...this.#inherited.names, ...more };
    return this.#noted(this.attempt(() => compileExpression(source, names), nothing));
  }

  #noted<Result extends { readonly reads: ReadonlySet<string> }>(compiled: Result): Result {
    for (const name of compiled.reads) this.#inherited.reads.add(name);
    return compiled;
  }

  /** Reports a mistake once, although some places (a connection's headers) are compiled for each feature. */
  report(message: string): void {
    if (this.#isFull()) return;
    const { path } = this;
    const { issues } = this.#inherited;
    const written = path.join('.');
    const isKnown = issues.some(
      (issue) => issue.message === message && issue.path.join('.') === written,
    );
    if (!isKnown) issues.push({ path, message });
  }

  /** A mistake in an expression becomes an issue of this place. */
  attempt<Result>(compile: () => Result, otherwise: Result): Result {
    if (this.#isFull()) return otherwise;
    try {
      return compile();
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      this.report(error.message);
      return otherwise;
    }
  }

  #isFull(): boolean {
    return this.issues.length >= mostIssues;
  }
}

/** `click2call.request.headers.Authorization` is traced as `headers.Authorization`. */
function tracedAs(path: Path): string {
  const request = path.indexOf('request');
  return path.slice(request + 1).join('.');
}

const nothing: Compiled = {
  evaluate: () => undefined,
  source: 'literal',
  reads: new Set(),
  inputs: () => [],
};
const emptyText: TextTemplate = {
  render: () => '',
  value: () => '',
  reads: new Set(),
  isLiteral: true,
  inputs: () => [],
  evaluateWithout: () => undefined,
};
