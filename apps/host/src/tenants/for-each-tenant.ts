import { setImmediate as nextTurn } from 'node:timers/promises';
import { isStoreUnavailable } from '../store/store-error.ts';

export type TellFailed = (tenantId: string, error: unknown) => void;

/**
 * Does something for one company after another. A failure for one, because its document cannot be read after an update for instance, does not affect the
 * others. After each, everybody else gets a turn: SQLite answers at once, so that the loop by itself would not let go of the thread.
 *
 * @throws if the store is away, which is not the problem of one company
 */
export async function forEachTenant(
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
