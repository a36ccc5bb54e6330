import { TelephonyError } from '../../errors/telephony-error.ts';

/** Waits this long, but no longer than somebody waits for the result. @throws {TelephonyError} once nobody does */
export function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(
        new TelephonyError({
          code: 'timeout',
          message: 'Nobody waits for the answer any more.',
          delivery: 'unknown',
          cause: signal.reason,
        }),
      );
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
