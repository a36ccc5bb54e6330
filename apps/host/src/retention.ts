import type { Logger } from '@finaz-telephony/core';
import type { CallStore } from './calls/call-store.ts';
import type { EventLog } from './events/event-log.ts';
import type { ExchangeLog } from './exchanges/exchange-log.ts';
import type { MailingIntakes } from './mailings/intake/mailing-intakes.ts';
import type { MailingStore } from './mailings/mailing-store.ts';
import type { AttemptStore } from './results/attempt-store.ts';
import { deleteOlderInOrder } from './store/delete-older.ts';
import type { Store } from './store/store.ts';

export interface RetentionDependencies {
  readonly store: Store;
  readonly calls: CallStore;
  readonly events: EventLog;
  readonly exchanges: ExchangeLog;
  readonly mailings: MailingStore;
  readonly intakes: MailingIntakes;
  readonly attempts: AttemptStore;
  readonly logger: Logger;
  readonly retentionDays: number;
  readonly now: () => number;
}

const dayMs = 86_400_000;
/** A queue that is never cleared, of a campaign for instance, must not keep the data of debtors for ever. */
const heldRetentions = 4;

/** Deletes what is older than the retention. Stops early when the host shuts down; the next round goes on. */
export async function forgetOld(
  {
    store,
    calls,
    events,
    exchanges,
    mailings,
    intakes,
    attempts,
    retentionDays,
    now,
    logger,
  }: RetentionDependencies,
  signal: AbortSignal,
): Promise<void> {
  const olderThan = now() - retentionDays * dayMs;
  const pruned = {
    exchanges: await exchanges.prune(olderThan, signal),
    events: await events.prune(olderThan, signal),
    calls: await calls.prune(olderThan, signal),
  };
  if (signal.aborted) return;
  const older = () => mailings.older(olderThan, now() - heldRetentions * retentionDays * dayMs);
  for (let old = await older(); old.length > 0;) {
    for (const { id, ref } of old) {
      if (signal.aborted) return;
      await intakes.discard(id, ref);
    }
    old = await older();
  }
  await attempts.removeLeft();
  await deleteOlderInOrder(
    store.db,
    { table: 'idempotency_keys', key: 'key', time: 'created_at', signal },
    now() - dayMs,
  );
  if (pruned.exchanges + pruned.events + pruned.calls > 0)
    logger.info(pruned, 'what was older than RETENTION_DAYS was deleted');
}

/** Deletes mailings that never arrived completely, and those of deleted companies, with their results. */
export async function sweepMailings(
  { intakes, attempts, logger }: RetentionDependencies,
  signal: AbortSignal,
): Promise<void> {
  const abandoned = await intakes.abandoned();
  for (const id of abandoned) {
    if (signal.aborted) return;
    if ((await intakes.sweep(id)) === 'swept')
      // Not a warning, because nobody has to act: the sender got an error or no answer, and a company is deleted on purpose.
      logger.info(
        { mailing: id },
        'a mailing that had not arrived whole, or whose company was deleted, was taken away',
      );
  }
  if (abandoned.length > 0) await attempts.removeLeft();
}
