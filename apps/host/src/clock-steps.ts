import { sql } from 'kysely';
import { untilFetched } from './mailings/mailing-state.ts';
import type { Store } from './store/store.ts';

/** Smaller steps are ignored: clocks are corrected all the time, and work that is due is late by this much at most. */
const leastStepMs = 30_000;

/**
 * Notices that the clock of this machine was set back. Due times are stored as time of day, for other hosts and later starts: after a step of an hour,
 * everything that was put off for a moment would wait for an hour, as would webhooks of calls that were answered just before. So everything is made due at
 * once; work that is still too early is put off again.
 *
 * @returns a function that tells whether the clock was set back since it was last called
 */
export function createClockSteps({ db }: Store, now: () => number): () => Promise<boolean> {
  const lead = () => now() - performance.now();
  let known = lead();

  return async () => {
    const found = lead();
    if (known - found >= leastStepMs) {
      await makeDue(db, now());
      known = found;
      return true;
    }
    known = found;
    return false;
  };
}

async function makeDue(db: Store['db'], at: number): Promise<void> {
  await db
    .updateTable('mailings')
    .set({ held_until: 0 })
    .where('state', 'in', ['waiting', 'loading', 'active', 'deactivating'])
    .where('held_until', '>', at)
    .where('held_until', '!=', untilFetched)
    .execute();
  await db
    .updateTable('webhook_deliveries')
    .set({ next_at: at })
    .where('state', '=', sql.lit('pending'))
    .where('next_at', '>', at)
    .execute();
  await db
    .updateTable('mailing_results')
    .set({ next_at: at })
    .where('next_at', '>', at)
    // One under way would be taken for asked for again, and its report fetched and told twice.
    .where('fetch_id', 'is', null)
    .execute();
}
