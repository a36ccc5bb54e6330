/** One value that an expression has read. */
export interface ReadValue {
  /** The path as it was written, for example `reply.data.id`. */
  readonly expression: string;
  /** Absent where there is nothing. */
  readonly value?: unknown;
}

/** One field of what is read. */
export interface ReadField {
  readonly name: string;
  readonly expression: string;
  readonly reads: readonly ReadValue[];
  readonly value: string;
}

/** One step in the reading of an answer, or of a notification, with its place in the settings: `click2call.outcome.0`. */
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
  /** A notification, as expressions see it. */
  | {
      readonly kind: 'notification';
      readonly place: string;
      readonly query: unknown;
      readonly body: unknown;
    }
  /** The signature of a notification. This is a sample, so what follows is read also where it would be refused. */
  | {
      readonly kind: 'signature';
      readonly place: string;
      /** `old`: right, and too old by now, as a kept sample is; `unchecked`: who tries the sample does not have the secret. */
      readonly state: 'right' | 'old' | 'refused' | 'unchecked';
      /** Why it is not right. */
      readonly reason?: string;
      /** What of the notification it is made of. */
      readonly reads: readonly ReadValue[];
    }
  /** A capture, a field of a notification, or a condition that decides how it goes on. */
  | {
      readonly kind: 'value';
      readonly place: string;
      readonly expression: string;
      readonly reads: readonly ReadValue[];
      readonly value: string;
    }
  /** A row of a report, or of a notification. */
  | {
      readonly kind: 'row';
      readonly place: string;
      readonly state: 'attempt' | 'event' | 'skipped' | 'unreadable';
      /** Why it cannot be used. */
      readonly reason?: string;
      readonly fields: readonly ReadField[];
    };
