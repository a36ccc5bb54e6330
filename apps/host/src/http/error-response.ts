import { TelephonyError, type ErrorCode } from '@finaz-telephony/core';
import { HTTPException } from 'hono/http-exception';
import { AttemptFailed } from '../calls/attempt-runner.ts';
import { changesSomething } from '../adapter-work/changing-features.ts';
import { isStoreUnavailable } from '../store/store-error.ts';
import { VersionConflict } from '../tenants/tenant-documents.ts';
import { problemResponse, titleOf } from './problem.ts';
import { RequestError } from './request-error.ts';

const statusOfCode: Readonly<Record<ErrorCode, number>> = {
  invalid_input: 400,
  invalid_config: 422,
  feature_off: 409,
  not_found: 404,
  not_ready: 409,
  refused: 422,
  auth_failed: 502,
  rate_limited: 429,
  unavailable: 503,
  timeout: 504,
  network: 502,
  address_blocked: 502,
  response_too_large: 502,
  unreadable_response: 502,
  in_doubt: 504,
  internal: 500,
};

/** The code of the problem that an error becomes, if it is one of ours. */
export function codeOfError(error: unknown): string | undefined {
  if (error instanceof AttemptFailed) return error.error.code;
  if (TelephonyError.isInstance(error)) return error.code;
  if (error instanceof RequestError) return error.problem.code;
  return isStoreUnavailable(error) ? 'store_unavailable' : undefined;
}

/** Every error that a route may end with, as a problem. Our own faults are shown without their cause, which is in the log. */
export function errorResponse(error: unknown, requestId: string): Response {
  if (error instanceof AttemptFailed)
    return telephonyProblem(error.error, requestId, { attemptId: error.attemptId });
  if (TelephonyError.isInstance(error)) return telephonyProblem(error, requestId);
  if (error instanceof RequestError) return problemResponse({ ...error.problem, requestId });
  if (error instanceof VersionConflict) {
    return problemResponse({
      status: 412,
      code: 'conflict',
      title: 'Changed meanwhile',
      ...(error.current === 0
        ? {
            detail: 'The company is not there.',
            hint: 'Save its document without If-Match to make it.',
          }
        : {
            detail: `The company is there, at version ${error.current}.`,
            hint: 'Read it again, apply your change to that, and save with its ETag in If-Match.',
          }),
      requestId,
    });
  }
  if (isStoreUnavailable(error)) {
    return problemResponse({
      status: 503,
      code: 'store_unavailable',
      title: titleOf('store_unavailable'),
      detail: 'Nothing can be stored at this moment, so nothing was done.',
      hint: 'Send the same request again in a few seconds.',
      headers: { 'Retry-After': '5' },
      requestId,
    });
  }
  if (error instanceof HTTPException) {
    return problemResponse({
      status: error.status,
      code: error.status === 413 ? 'payload_too_large' : 'invalid_input',
      title: error.status === 413 ? 'Too large' : 'Invalid input',
      detail: error.message,
      requestId,
    });
  }
  return problemResponse({
    status: 500,
    code: 'internal',
    title: titleOf('internal'),
    detail: 'The host failed because of an error of its own.',
    hint: `Tell the operator of the host the request id ${requestId}.`,
    requestId,
  });
}

function telephonyProblem(
  error: TelephonyError,
  requestId: string,
  attempt: { readonly attemptId?: string } = {},
): Response {
  const { feature } = error;
  const inDoubt =
    error.delivery === 'unknown' && (feature === undefined || changesSomething(feature));
  return problemResponse({
    status: statusOfCode[error.code],
    code: error.code,
    title: titleOf(error.code),
    detail: error.message,
    delivery: error.delivery,
    requestId,
    ...((error.hint !== undefined || inDoubt) && {
      hint: [
        error.hint,
        inDoubt && 'It may have happened: ask at the telephone system before you send it again.',
      ]
        .filter(Boolean)
        .join(' '),
    }),
    ...(feature && { feature }),
    ...(error.vendor && { vendor: { ...error.vendor } }),
    ...(error.retryAfterMs !== undefined && {
      headers: { 'Retry-After': String(Math.max(1, Math.ceil(error.retryAfterMs / 1000))) },
    }),
    ...attempt,
  });
}
