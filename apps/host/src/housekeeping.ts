import type { Logger } from '@finaz-telephony/core';
import type { CallStore } from './calls/call-store.ts';
import type { EventLog } from './events/event-log.ts';
import type { ExchangeLog } from './exchanges/exchange-log.ts';
import type { MailingIntakes } from './mailings/mailing-intakes.ts';
import type { MailingStore } from './mailings/mailing-store.ts';
import type { AttemptStore } from './results/attempt-store.ts';
import { heartbeatMs, type HostLease } from './store/host-lease.ts';
import type { Store } from './store/store.ts';

export interface HousekeepingDependencies {
  readonly store: Store;
  readonly lease: HostLease;
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
const pruneEveryMs = 3_600_000;

/** What a host does beside requests: it shows that it lives, notices who does not, and forgets what is old. */
export function startHousekeeping(dependencies: HousekeepingDependencies): () => Promise<void> {
  const { lease, calls, intakes, logger, now } = dependencies;
  let lastPruned = 0;
  let running: Promise<void> = Promise.resolve();

  async function round(): Promise<void> {
    try {
      await lease.beat();
      const dead = await lease.takeDead();
      const doubts = await calls.doubt(dead);
      if (doubts > 0)
        logger.warn(
          { calls: doubts, hosts: dead.length },
          'a host died while calls were under way; they are listed as in doubt',
        );
      for (const id of await intakes.abandoned()) {
        if ((await intakes.sweep(id)) === 'swept')
          logger.warn(
            { mailing: id },
            'a mailing that had not arrived whole, or whose company was deleted, was taken away',
          );
      }
      if (now() - lastPruned > pruneEveryMs) {
        lastPruned = now();
        await prune(dependencies);
      }
    } catch (error) {
      logger.warn({ err: error }, 'housekeeping failed; trying again');
    }
  }

  running = round();
  const timer = setInterval(() => {
    running = running.then(round);
  }, heartbeatMs);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
    await lease
      .leave()
      .catch((error: unknown) =>
        logger.warn({ err: error }, 'the lease of this host could not be given back; it runs out'),
      );
  };
}

async function prune({
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
}: HousekeepingDependencies): Promise<void> {
  const olderThan = now() - retentionDays * dayMs;
  const pruned = {
    exchanges: await exchanges.prune(olderThan),
    events: await events.prune(olderThan),
    calls: await calls.prune(olderThan),
  };
  for (let old = await mailings.older(olderThan); old.length > 0;) {
    for (const { id, ref } of old) await intakes.discard(id, ref);
    old = await mailings.older(olderThan);
  }
  await attempts.removeLeft();
  await store.db
    .deleteFrom('idempotency_keys')
    .where('created_at', '<', now() - dayMs)
    .execute();
  if (pruned.exchanges + pruned.events + pruned.calls > 0)
    logger.info(pruned, 'what was older than RETENTION_DAYS was deleted');
}
