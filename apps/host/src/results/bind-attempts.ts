import type { CallIdBinder } from '../calls/bind-call-ids.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { IncomingAttempt } from './attempt-key.ts';

/** How far the vendor's clock may be behind ours. */
const mostBehindMs = 2 * 60_000;

/** Calls that were placed without an id get the one under which the vendor reports them. */
export async function bindAttempts(
  binder: CallIdBinder,
  tenant: Tenant,
  attempts: readonly IncomingAttempt[],
): Promise<void> {
  await binder.bind(
    tenant,
    attempts.flatMap(({ callId, extension, numberHash, at }) =>
      callId === null || extension === null
        ? []
        : [{ callId, extension, at, mostBehindMs, numberHash: () => numberHash }],
    ),
  );
}
