import { TelephonyError } from '@finaz-telephony/core';
import { ErrorCodeSchema } from '@finaz-telephony/core/host';
import { setTimeout as pause } from 'node:timers/promises';
import * as v from 'valibot';
import type { Tenant } from '../tenants/tenant.ts';
import { AttemptFailed } from './attempt-runner.ts';
import type { CallFinder } from './call-finder.ts';
import type { CallRecord } from './call-record.ts';

/** How often a host looks what came of a click at another one. */
const lookEveryMs = 100;

/**
 * The attempt of the same click at another host, once that has accepted it. `undefined`: it has failed, and may be tried again.
 *
 * @throws {AttemptFailed} where it is in doubt
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
    // Until that host knows; or it has died, or the database has forgotten its answer, and a host sees that.
    await pause(lookEveryMs);
  }
}

function doubtOf({ attemptId, feature, detail: { error } }: CallRecord): AttemptFailed {
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
