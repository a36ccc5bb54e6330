import { TelephonyError } from '@finaz-telephony/core';
import { ErrorCodeSchema } from '@finaz-telephony/core/host';
import { setTimeout as pause } from 'node:timers/promises';
import * as v from 'valibot';
import type { Tenant } from '../tenants/tenant.ts';
import { AttemptFailed } from './attempt-runner.ts';
import type { CallFinder } from './call-finder.ts';
import type { CallRecord } from './call-record.ts';

/** How often a host looks at what became of the same click on another host. */
const lookEveryMs = 100;

/**
 * Waits for the attempt that another host makes for the same click, and returns it once accepted. `undefined`: it has failed, and may be tried again.
 *
 * @throws {AttemptFailed} if the attempt is in doubt
 */
export async function acceptedElsewhere(
  calls: Pick<CallFinder, 'byAttempt'>,
  tenant: Tenant,
  attemptId: string,
): Promise<CallRecord | undefined> {
  for (;;) {
    const call = await calls.byAttempt(tenant, attemptId);
    if (!call || call.state === 'failed') return undefined;
    if (call.state === 'accepted') return call;
    if (call.state === 'in_doubt') throw doubtOf(call);
    // Until that host has stored the outcome or, if it died or the database has lost the outcome, until a host marks the attempt as in doubt.
    await pause(lookEveryMs);
  }
}

function doubtOf({ attemptId, feature, detail }: CallRecord): AttemptFailed {
  const error = detail?.error;
  const code = v.safeParse(ErrorCodeSchema, error?.code);
  return new AttemptFailed(
    attemptId,
    new TelephonyError({
      code: code.success ? code.output : 'in_doubt',
      feature,
      message:
        error?.message ??
        'What came of this is not known: the host that asked for it died, or the database has forgotten it.',
      delivery: 'unknown',
    }),
  );
}
