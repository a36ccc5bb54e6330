import { TelephonyError, type ErrorCode } from '@finaz-telephony/core';
import { HTTPException } from 'hono/http-exception';
import { AttemptFailed } from '../calls/attempt-runner.ts';
import { changesSomething } from '../adapter-work/changing-features.ts';
import { isStoreUnavailable } from '../store/store-error.ts';
import { VersionConflict } from '../tenants/tenant-documents.ts';
import {
  problemResponse,
  type HttpErrorCode,
  type ProblemItem,
  type ProblemOptions,
} from './problem.ts';

/** A request that cannot be served as it was sent. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly problem: ProblemOptions;

  constructor(
    status: number,
    code: HttpErrorCode,
    detail: string,
    more: Pick<ProblemOptions, 'hint' | 'errors' | 'headers' | 'rule'> = {},
  ) {
    super(detail);
    this.problem = { status, code, title: titleOf(code), detail, ...more };
  }
}

export function invalidRequest(
  errors: readonly ProblemItem[],
  detail = 'The request cannot be used as it is.',
): RequestError {
  return new RequestError(400, 'invalid_input', detail, { errors: [...errors] });
}

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

const titles: Readonly<Partial<Record<HttpErrorCode, string>>> = {
  invalid_input: 'Invalid input',
  invalid_config: 'The connection cannot work as it is configured',
  feature_off: 'Feature off',
  not_found: 'Not found',
  not_ready: 'Not ready yet',
  refused: 'Refused by the telephone system',
  auth_failed: 'The telephone system did not accept the credentials',
  rate_limited: 'Too many requests to the telephone system',
  unavailable: 'The telephone system is not available',
  timeout: 'The telephone system did not answer in time',
  network: 'No connection to the telephone system',
  address_blocked: 'Address not allowed',
  response_too_large: 'The answer is too large',
  unreadable_response: 'The answer of the telephone system cannot be read',
  in_doubt: 'In doubt',
  internal: 'Internal error',
  not_allowed: 'Not allowed by the rules of the company',
  store_unavailable: 'The store is not available',
};

function titleOf(code: HttpErrorCode): string {
  return titles[code] ?? code.replaceAll('_', ' ').replace(/^./, (letter) => letter.toUpperCase());
}

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
