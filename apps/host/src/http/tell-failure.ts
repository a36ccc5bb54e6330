import { TelephonyError, type Logger } from '@finaz-telephony/core';
import { AttemptFailed } from '../calls/attempt-runner.ts';
import { createTellSeldom } from '../tell-seldom.ts';
import { codeOfError } from './error-response.ts';
import type { HostContext } from './host-env.ts';

/**
 * Tells the log of a request that has failed by our fault, the store's or a telephone system's. While one of these is away, that is nearly every request: of each company,
 * connection and code one line a minute. A fault of ours is always told, for its caller is sent to the operator with the id.
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

/** What an operator needs of it: where, why, and the mend. All of it is masked by now. */
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
