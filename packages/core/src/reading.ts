/** One value that an expression has read. */
export interface ReadValue {
  /** The path as it was written, for example `reply.data.id`. */
  readonly expression: string;
  /** Absent if the path leads to nothing. */
  readonly value?: unknown;
}

/** One field of an attempt or of an answered call, as it was read. */
export interface ReadField {
  readonly name: string;
  readonly expression: string;
  readonly reads: readonly ReadValue[];
  readonly value: string;
}

/** One step in the reading of an answer, or of a notification, with its place in the settings: `click2call.outcome.0`. */
export type ReadingStep =
  /** An answer, as expressions see it in `reply`; not readable if it is not in the expected format. */
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
  /** The signature of a notification. The notification is a sample, so reading goes on even if its signature would be refused. */
  | {
      readonly kind: 'signature';
      readonly place: string;
      /** `old`: right, but too old by now, as in a stored sample; `unchecked`: the secret is not available where the sample is tried. */
      readonly state: 'right' | 'old' | 'refused' | 'unchecked';
      /** Why the state is not `right`. */
      readonly reason?: string;
      /** The parts of the notification that the check has read. */
      readonly reads: readonly ReadValue[];
    }
  /** A capture, a field of a notification, or a condition that decides how the reading goes on. */
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
      /** Why the row cannot be used. */
      readonly reason?: string;
      readonly fields: readonly ReadField[];
    };
