import { TelephonyError } from '../errors/telephony-error.ts';

/** Waits so long, and no longer than somebody waits for the work. @throws {TelephonyError} where nobody does any more */
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
