/** One value that an expression has read. */
export interface ReadValue {
  /** The path as it was written, for example `reply.data.id`. */
  readonly expression: string;
  /** Absent where there is nothing. */
  readonly value?: unknown;
}

/** One step in the reading of an answer, with its place in the settings: `click2call.outcome.0`. */
export type ReadingStep =
  /** An answer, as `reply` has it; not readable where it is not of the form that is expected. */
  | {
      readonly kind: 'reply';
      readonly place: string;
      readonly status: number;
      readonly isReadable: boolean;
      readonly value?: unknown;
    }
  /** A rule that was tried; the first that holds decides. */
  | {
      readonly kind: 'rule';
      readonly place: string;
      readonly expression: string;
      readonly reads: readonly ReadValue[];
      readonly holds: boolean;
      readonly is: string;
      /** For the operator, where the rule holds. */
      readonly message?: string;
    }
  /** No rule holds: the HTTP status decides. */
  | { readonly kind: 'status'; readonly place: string; readonly status: number }
  /** A capture, or a condition that decides how it goes on. */
  | {
      readonly kind: 'value';
      readonly place: string;
      readonly expression: string;
      readonly reads: readonly ReadValue[];
      readonly value: string;
    }
  /** A row of a report. */
  | {
      readonly kind: 'row';
      readonly place: string;
      readonly state: 'attempt' | 'skipped' | 'unreadable';
      /** Why it cannot be used. */
      readonly reason?: string;
      readonly fields: readonly {
        readonly name: string;
        readonly expression: string;
        readonly reads: readonly ReadValue[];
        readonly value: string;
      }[];
    };
