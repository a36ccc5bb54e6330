import { TelephonyError, type AdapterContext, type CallId } from '@finaz-telephony/core';
import { withoutWords } from '../logged-error.ts';
import type { HostLease } from '../store/host-lease.ts';
import { newRowId } from '../store/row-id.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { hashNumber, type CallDetail } from './call-record.ts';
import type { CallOutcome, CallStore, NewCall } from './call-store.ts';
import { adapterFailure } from '../adapter-work/adapter-failure.ts';
import type { BeginInTurn } from './call-turns.ts';
import { createWork } from '../adapter-work/create-work.ts';
import type { BoundFeature } from '../tenants/bound-feature.ts';
import { inFeatureSpan, outcomeOf, type MeasuredWorkplace } from '../adapter-work/in-context.ts';

export interface AttemptDependencies extends MeasuredWorkplace {
  readonly calls: CallStore;
  readonly lease: Pick<HostLease, 'hold'>;
}

export interface Attempt {
  readonly tenant: Tenant;
  readonly feature: BoundFeature<'click2call' | 'transfer'>;
  readonly queue: string;
  readonly extension: string;
  readonly callId: CallId | null;
  readonly detail: CallDetail;
  /** Calls `begin`, which stores the attempt, or throws the reason why the attempt is not allowed. */
  readonly admit: (begin: BeginInTurn) => Promise<void>;
  readonly personal: readonly string[];
}

export interface AttemptResult {
  readonly callId: CallId | null;
  readonly captures?: Readonly<Record<string, string>> | undefined;
  readonly outcome?: CallDetail['outcome'] | undefined;
  readonly vendorStatus?: string | undefined;
}

/** The attempt failed or is in doubt: `error` says which, and the store has the same outcome. */
export class AttemptFailed extends Error {
  override readonly name = 'AttemptFailed';
  readonly attemptId: string;
  readonly error: TelephonyError;

  constructor(attemptId: string, error: TelephonyError) {
    super(error.message, { cause: error });
    this.attemptId = attemptId;
    this.error = error;
  }
}

/**
 * Runs a call or transfer exactly once: the attempt is on disk before its request is sent, and its outcome is on disk before the caller gets it.
 *
 * @throws {AttemptFailed}
 */
export async function runAttempt<Result extends AttemptResult>(
  dependencies: AttemptDependencies,
  attempt: Attempt,
  send: (attemptId: string, context: AdapterContext) => Promise<Result>,
): Promise<Result & { readonly attemptId: string }> {
  const attemptId = newRowId();
  // If the lease runs out in the meantime, other hosts take this one for dead and list the call as in doubt; a person may then have placed it again.
  const mayLeave = dependencies.lease.hold();
  const begin: BeginInTurn = (turn) =>
    dependencies.calls.begin({ ...newCallOf(attemptId, attempt), turn });
  await attempt.admit(begin);
  const admitted = { ...attempt, attemptId, mayLeave };
  try {
    return await runAdmitted(dependencies, admitted, send);
  } catch (error) {
    if (error instanceof AttemptFailed) throw error;
    throw await leftInDoubt(dependencies, admitted, error);
  }
}

interface AdmittedAttempt extends Attempt {
  readonly attemptId: string;
  readonly mayLeave: () => boolean;
}

/** @throws {AttemptFailed} Any other error is a defect of this host, and the outcome of the attempt is not stored. */
async function runAdmitted<Result extends AttemptResult>(
  dependencies: AttemptDependencies,
  { attemptId, mayLeave, tenant, feature, callId, detail, personal }: AdmittedAttempt,
  send: (attemptId: string, context: AdapterContext) => Promise<Result>,
): Promise<Result & { readonly attemptId: string }> {
  const { calls, exchanges, metrics } = dependencies;
  const exchange = exchanges.begin(() => ({ attemptId, callId }));
  const measured = metrics.start(tenant.id, feature.connection.name, feature.name);
  const { context, endOf, masked } = createWork(dependencies, {
    tenant,
    connection: feature.connection,
    feature: feature.name,
    personal,
    // Not tied to the caller's connection: a caller who disconnects must not leave a call half placed.
    signal: new AbortController().signal,
    record: exchange.record,
    mayLeave,
  });
  try {
    const ofSpan = { tenant, connection: feature.connection, feature: feature.name };
    const result = await inFeatureSpan(ofSpan, () => endOf(send(attemptId, context)), attemptId);
    measured('accepted');
    exchange.settle(result.callId);
    await calls.finish({
      attemptId,
      tenant,
      state: 'accepted',
      callId: result.callId,
      ...withLearnt(detail, result),
      errorCode: null,
    });
    return { ...result, attemptId };
  } catch (thrown) {
    const error = masked(
      adapterFailure(thrown, feature.name, dependencies.logger, {
        tenant: tenant.id,
        connection: feature.connection.name,
      }),
    );
    measured(outcomeOf(error, feature.name));
    exchange.settle(callId);
    await calls.finish({ attemptId, tenant, callId, ...failureOf(error, detail) });
    throw new AttemptFailed(attemptId, error);
  }
}

/**
 * Stores an attempt as in doubt when this host failed, not the adapter: the request may have been sent by then. Otherwise the attempt would seem to be under
 * way until this host is restarted, and the caller would not learn that the call may have been placed.
 */
async function leftInDoubt(
  { calls, logger }: AttemptDependencies,
  { attemptId, tenant, feature, callId, detail }: AdmittedAttempt,
  thrown: unknown,
): Promise<AttemptFailed> {
  const error = new TelephonyError({
    code: 'internal',
    message:
      'The host failed while it carried this out, and cannot tell whether the telephone system has done it.',
    hint: 'Check in the telephone system, or with the operator, whether it was done, then settle it. The log of the host shows where it failed; tell its maintainers.',
    feature: feature.name,
    delivery: 'unknown',
    cause: thrown,
  });
  const place = { tenant: tenant.id, connection: feature.connection.name, attemptId };
  logger.error(
    { ...place, err: withoutWords(thrown) },
    'the host failed during an attempt; it is in doubt',
  );
  try {
    await calls.finish({ attemptId, tenant, callId, ...failureOf(error, detail) });
  } catch (failure) {
    logger.error(
      { ...place, err: withoutWords(failure) },
      'an attempt could not be stored as in doubt',
    );
  }
  return new AttemptFailed(attemptId, error);
}

function newCallOf(attemptId: string, attempt: Attempt): NewCall {
  const { tenant, feature, queue, extension, callId, detail } = attempt;
  const number = detail.number ?? detail.destination;
  return {
    attemptId,
    tenant,
    feature: feature.name,
    connection: feature.connection.name,
    callId,
    queue,
    extension,
    numberHash: number === undefined ? null : hashNumber(tenant, number),
    detail,
  };
}

const failureOf = (
  { code, message, delivery }: TelephonyError,
  detail: CallDetail,
): Pick<CallOutcome, 'state' | 'detail' | 'errorCode'> => ({
  state: delivery === 'unknown' ? 'in_doubt' : 'failed',
  detail: { ...detail, error: { code, message } },
  errorCode: code,
});

/** The detail with what the answer told; empty if it told nothing, so that the detail is not sealed a second time. */
function withLearnt(
  detail: CallDetail,
  { captures = {}, outcome, vendorStatus }: AttemptResult,
): Pick<CallOutcome, 'detail'> {
  const learnt: CallDetail = {
    ...(Object.keys(captures).length > 0 && { captures }),
    ...(outcome && { outcome }),
    ...(vendorStatus !== undefined && { vendorStatus }),
  };
  return Object.keys(learnt).length > 0 ? { detail: { ...detail, ...learnt } } : {};
}
