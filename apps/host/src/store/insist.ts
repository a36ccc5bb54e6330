import { setTimeout as pause } from 'node:timers/promises';
import { isStoreUnavailable } from './store-error.ts';

const everyMs = 500;

/**
 * Keeps at a write that the store cannot take now, until it can. A write that broke off may have happened, so it must be one that may happen twice.
 *
 * @param goesOn asked before each new attempt: not when the store is being closed
 */
export async function insist(
  write: () => Promise<unknown>,
  goesOn: () => boolean = () => true,
): Promise<void> {
  for (;;) {
    try {
      await write();
      return;
    } catch (error) {
      if (!isStoreUnavailable(error)) throw error;
    }
    await pause(everyMs, undefined, { ref: false });
    if (!goesOn()) return;
  }
}
