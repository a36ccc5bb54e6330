import { TelephonyError, type CallProgress } from '@finaz-telephony/core';
import { personalNumbers } from '../exchanges/personal-values.ts';
import { RequestError } from '../http/request-error.ts';
import { doesNotOpen } from '../store/seal.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { AttemptDependencies } from './attempt-runner.ts';
import { toKnownCall, type CallRecord } from './call-record.ts';
import { adapterFailure } from '../adapter-work/adapter-failure.ts';
import { inContext } from '../adapter-work/in-context.ts';

/** How long asking for the state of a call may take: a person waits for the answer. */
const longestLookMs = 5000;

/** Asks the telephone system for the state of a call. `undefined`: it knows of no such call. @throws {TelephonyError} */
async function follow(
  dependencies: AttemptDependencies,
  tenant: Tenant,
  record: CallRecord,
): Promise<CallProgress | undefined> {
  const connection = tenant.connections.get(record.connection);
  const followCall = connection?.adapter.followCall;
  if (!followCall) {
    throw new TelephonyError({
      code: 'feature_off',
      feature: 'click2call',
      message: `The connection "${record.connection}" cannot report the state of a call.`,
      hint: 'Look at the telephone system, and settle the call by hand.',
    });
  }
  // Asked without what was captured, the telephone system might not find a call that it has placed.
  if (!record.detail) throw doesNotOpen();
  const call = toKnownCall(record);
  const about = { attemptId: record.attemptId, callId: record.callId };
  try {
    return await inContext(
      dependencies,
      {
        tenant,
        connection,
        feature: 'click2call',
        personal: personalNumbers(record.detail),
        signal: AbortSignal.timeout(longestLookMs),
        about: () => about,
        // Only failures are kept: asking changes nothing, and screens ask often.
        keeps: (isSuccess) => !isSuccess,
      },
      (context) =>
        followCall(
          { ...about, startedAt: new Date(record.createdAt), ...(call && { call }) },
          context,
        ),
    );
  } catch (error) {
    throw adapterFailure(error, 'click2call', dependencies.logger);
  }
}

/** The current state of a placed call; `null` if it is unknown. */
export async function callProgress(
  dependencies: AttemptDependencies,
  tenant: Tenant,
  callId: string,
): Promise<CallProgress | null> {
  const records = await dependencies.calls.find(tenant, callId);
  const placed = records.findLast(({ feature }) => feature === 'click2call');
  if (!placed) return null;
  try {
    return (await follow(dependencies, tenant, placed)) ?? null;
  } catch (error) {
    if (!TelephonyError.isInstance(error)) throw error;
    return null;
  }
}

/** What the telephone system says became of a call whose answer was lost. @throws {TelephonyError} if it cannot be asked */
export async function askForDoubt(
  dependencies: AttemptDependencies,
  tenant: Tenant,
  attemptId: string,
): Promise<{ readonly state: 'accepted' | 'failed'; readonly callId: string | null }> {
  const record = await dependencies.calls.byAttempt(tenant, attemptId);
  if (!record) throw new RequestError(404, 'not_found', 'There is no attempt with this id.');
  if (record.feature === 'transfer') throw notOfTransfers();
  const progress = await follow(dependencies, tenant, record);
  return {
    state: progress ? 'accepted' : 'failed',
    callId: record.callId ?? progress?.callId ?? null,
  };
}

/** A call exists before a transfer and after it, and may have ended with or without one. */
function notOfTransfers(): TelephonyError {
  return new TelephonyError({
    code: 'feature_off',
    feature: 'transfer',
    message: 'The state of a call does not show whether it was transferred.',
    hint: 'Ask the operator, or look at the telephone system, and settle the transfer by hand.',
  });
}
