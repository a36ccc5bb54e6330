import { TelephonyError, type Logger } from '@finaz-telephony/core';
import { AttemptFailed } from '../calls/attempt-runner.ts';
import { createTellSeldom } from '../tell-seldom.ts';
import { codeOfError } from './error-response.ts';
import type { HostContext } from './host-env.ts';

/**
 * Logs a request that failed by our fault, the store's or a telephone system's. While one of these is away, that is nearly every request: per company,
 * connection and code it logs one line a minute. Our own faults are always logged, because the caller is told to report the id to the operator.
 */
export function createTellFailure(logger: Logger) {
  const tellFailed = createTellSeldom(logger);
  const tellAway = createTellSeldom(logger, { level: 'error' });
  return (request: Readonly<Record<string, unknown>>, context: HostContext): void => {
    const { error } = context;
    const tenant = context.get('tenant')?.id;
    const failed = { ...request, ...(tenant !== undefined && { tenant }) };
    const code = codeOfError(error);
    if (error !== undefined && code === undefined)
      logger.error({ ...failed, err: error }, 'a request failed by our own fault');
    else if (code === 'store_unavailable')
      tellAway({ ...request, code, err: error }, 'the store is not available');
    else tellFailed({ ...failed, ...told(error, context) }, 'request failed');
  };
}

/** What an operator needs: where, why, and how to fix it. All of it is masked by now. */
function told(error: Error | undefined, context: HostContext) {
  const attemptId = error instanceof AttemptFailed ? error.attemptId : undefined;
  const failure = error instanceof AttemptFailed ? error.error : error;
  if (!TelephonyError.isInstance(failure)) return {};
  const { code, message, hint, feature } = failure;
  const connection = feature && context.get('tenant')?.bindings[feature];
  return {
    code,
    ...(connection !== undefined && { connection }),
    ...(feature && { feature }),
    ...(attemptId !== undefined && { attemptId }),
    reason: message,
    ...(hint !== undefined && { hint }),
  };
}
