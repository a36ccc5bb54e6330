import type { FeatureName } from '../features/feature-name.ts';
import type { SettingsIssue } from '../errors/settings-error.ts';
import { compileExpression, type Compiled, type Names } from './compile-expression.ts';
import { ExpressionError } from './expression.ts';
import { compileText, type TextTemplate } from './text-template.ts';

/** The place of something in a document. */
export type Path = readonly (string | number)[];

/** After this many issues, the rest of a document is not checked: one full of mistakes would block everybody else for minutes. */
const mostIssues = 100;

/** Compiles the texts of a document and collects every mistake in them, each with its place. */
export class DocumentCompiler {
  readonly issues: SettingsIssue[];
  /** The feature that the texts belong to; none in a login and in a check. */
  readonly feature: FeatureName | undefined;
  /** The variables read by everything compiled so far. */
  readonly reads: Set<string>;
  readonly #names: Names;

  constructor(
    names: Names,
    issues: SettingsIssue[] = [],
    feature?: FeatureName,
    reads = new Set<string>(),
  ) {
    this.#names = names;
    this.issues = issues;
    this.feature = feature;
    this.reads = reads;
  }

  /** The same collection of issues, with other names in force. */
  with(table: Names['table']): DocumentCompiler {
    return new DocumentCompiler(
      { ...this.#names, table: { ...this.#names.table, ...table } },
      this.issues,
      this.feature,
    );
  }

  /** For the items of a list at the same place: what they read, that place reads. */
  withItem(): DocumentCompiler {
    const item = { description: 'One item of the list', source: 'input', members: 'any' } as const;
    const table = { ...this.#names.table, item };
    return new DocumentCompiler({ ...this.#names, table }, this.issues, this.feature, this.reads);
  }

  text(source: string, path: Path): TextTemplate {
    return this.#noted(
      this.attempt(path, () => compileText(source, this.#names, placeOf(path)), emptyText),
    );
  }

  expression(source: string, path: Path): Compiled {
    return this.#expression(source, path, {});
  }

  /** An expression that is true or false. In it, a parameter that was not sent is nothing, even after a filter. */
  condition(source: string, path: Path): Compiled {
    return this.#expression(source, path, { isCondition: true });
  }

  /** An expression that finds rows. @param rowsOf the rows of a value that is a list; `undefined` if it is not one */
  rows(source: string, path: Path, rowsOf: NonNullable<Names['rowsOf']>): Compiled {
    return this.#expression(source, path, { rowsOf });
  }

  #expression(source: string, path: Path, more: Partial<Names>): Compiled {
    const names = { ...this.#names, ...more };
    return this.#noted(this.attempt(path, () => compileExpression(source, names), nothing));
  }

  #noted<Result extends { readonly reads: ReadonlySet<string> }>(compiled: Result): Result {
    for (const name of compiled.reads) this.reads.add(name);
    return compiled;
  }

  /** What applies to several features (a connection's headers) is reported once. */
  report(path: Path, message: string): void {
    if (this.#isFull()) return;
    const place = path.join('.');
    const isKnown = this.issues.some(
      (issue) => issue.message === message && issue.path.join('.') === place,
    );
    if (!isKnown) this.issues.push({ path, message });
  }

  /** A mistake in an expression becomes an issue at its place. */
  attempt<Result>(path: Path, compile: () => Result, otherwise: Result): Result {
    if (this.#isFull()) return otherwise;
    try {
      return compile();
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      this.report(path, error.message);
      return otherwise;
    }
  }

  #isFull(): boolean {
    return this.issues.length >= mostIssues;
  }
}

/** `click2call.request.headers.Authorization` is traced as `headers.Authorization`. */
function placeOf(path: Path): string {
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
};
