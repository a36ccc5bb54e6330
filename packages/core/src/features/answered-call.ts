import type { AdapterContext } from '../context.ts';
import type { AnsweredCall } from '../values/answered-call.ts';
import type { UnreadableRow } from './dialer-results.ts';

/** What a notification reports, and the answer it gets. */
export interface AnsweredCallReading {
  /** The answered calls that the request reports: none for a notification of something else. */
  readonly events: readonly AnsweredCall[];
  /** If a request reports several, those that cannot be used; the others are accepted. If there are no others, the sender gets a 400. */
  readonly unreadable?: readonly UnreadableRow[] | undefined;
  /** The answer the vendor expects; by default 200 with a small JSON body. Sent only after the events are durable. */
  readonly response?: Response | undefined;
}

/**
 * Reads a vendor's own notification (a webhook in its own format), served at `/callbacks/{tenant}/{connection}/...`.
 *
 * The host has already checked the tenant, the source network, the token and the size of the body. Verify a vendor's signature over the raw
 * body first, then parse.
 *
 * @throws {TelephonyError} `invalid_input` naming what is wrong, `auth_failed` for a wrong signature.
 */
export type ReadAnsweredCall = (
  request: Request,
  context: AdapterContext,
) => Promise<AnsweredCallReading>;
