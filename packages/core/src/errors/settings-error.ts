/** One mistake in a document: where, what, and how to fix it. */
export interface SettingsIssue {
  /** From the root of the adapter's settings, for example `['click2call', 'request', 'url']`. */
  readonly path: readonly (string | number)[];
  /** For example: `unknown variable "ramall"; did you mean "extension"?` */
  readonly message: string;
}

const marker = Symbol.for('finaz-telephony.settings-error');

/** Thrown by an adapter's `create` when settings have the right shape but cannot work. Carries every issue at once. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly issues: readonly SettingsIssue[];

  constructor(issues: readonly SettingsIssue[]) {
    super(issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'));
    Object.defineProperty(this, marker, { value: true });
    this.issues = issues;
  }

  /** Also recognises an error that comes from an adapter's own copy of this package. */
  static isInstance(error: unknown): error is SettingsError {
    return typeof error === 'object' && error !== null && marker in error;
  }
}
