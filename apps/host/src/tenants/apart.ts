import { setImmediate as nextTurn } from 'node:timers/promises';
import { isStoreUnavailable } from '../store/store-error.ts';

export type TellFailed = (tenantId: string, error: unknown) => void;

/**
 * Does something for one company after another. A failure for one, because its document cannot be read after an update for instance, does not affect the
 * others. Between two companies everybody else gets a turn: on SQLite no read waits for anything.
 *
 * @throws if the store is away, which is not the problem of one company
 */
export async function apart(
  tenantIds: readonly string[],
  work: (tenantId: string) => Promise<void>,
  tellFailed: TellFailed,
): Promise<void> {
  for (const tenantId of tenantIds) {
    try {
      await work(tenantId);
    } catch (error) {
      if (isStoreUnavailable(error)) throw error;
      tellFailed(tenantId, error);
    }
    await nextTurn();
  }
}
