import type { Logger } from '@finaz-telephony/core';
import { sql } from 'kysely';
import { Gauge, type Registry } from 'prom-client';
import { inTime } from './in-time.ts';
import { mailingStates } from './mailings/mailing-state.ts';
import type { Store } from './store/store.ts';
import { createTellSeldom, type TellSeldom } from './tell-seldom.ts';

/** A hanging database must not delay the other metrics, which are needed most at that moment. */
const longestCountMs = 2000;

/** The states in which somebody, or the host, still has something to do with a mailing. */
const unfinished = mailingStates.filter(
  (state) => !['active', 'finished', 'cancelled'].includes(state),
);

interface Backlog {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly count: (db: Store['db'], gauge: Gauge, at: number) => Promise<void>;
}

/** States are written as literals, because SQLite does not use its partial indexes for bound values. */
const backlogs: readonly Backlog[] = [
  {
    name: 'telephony_calls_in_doubt',
    help: 'Calls and transfers in doubt that nobody has settled yet',
    labelNames: ['tenant'],
    async count(db, gauge) {
      const rows = await db
        .selectFrom('calls')
        .select(({ fn }) => ['tenant_id', fn.countAll<number>().as('count')])
        .where('state', '=', sql.lit('in_doubt'))
        .groupBy('tenant_id')
        .execute();
      for (const { tenant_id, count } of rows) gauge.set({ tenant: tenant_id }, count);
    },
  },
  {
    name: 'telephony_webhooks_pending',
    help: 'Messages to the CRM that are not delivered yet',
    // Counting by company would read the whole table; a counter of failed attempts has the company.
    labelNames: [],
    async count(db, gauge) {
      const { count } = await db
        .selectFrom('webhook_deliveries')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('state', '=', sql.lit('pending'))
        .executeTakeFirstOrThrow();
      gauge.set(count);
    },
  },
  {
    name: 'telephony_webhooks_overdue_seconds',
    help: 'How long the oldest message that is due has waited for its attempt',
    labelNames: [],
    async count(db, gauge, at) {
      const row = await db
        .selectFrom('webhook_deliveries')
        .select(({ fn }) => fn.min('next_at').as('since'))
        .where('state', '=', sql.lit('pending'))
        .executeTakeFirst();
      gauge.set(secondsSince(row?.since, at));
    },
  },
  {
    name: 'telephony_mailings_unfinished',
    help: 'Mailings that are neither active nor over, by state',
    labelNames: ['state'],
    async count(db, gauge) {
      const rows = await db
        .selectFrom('mailings')
        .select(({ fn }) => ['state', fn.countAll<number>().as('count')])
        .where('state', 'in', unfinished)
        .where('replaced_at', 'is', null)
        .groupBy('state')
        .execute();
      for (const state of unfinished) gauge.set({ state }, 0);
      for (const { state, count } of rows) gauge.set({ state }, count);
    },
  },
  {
    name: 'telephony_mailings_overdue_seconds',
    help: 'How long the oldest mailing that may be loaded has waited for its turn',
    labelNames: [],
    async count(db, gauge, at) {
      const row = await db
        .selectFrom('mailings')
        // A mailing that was held until the morning has waited since the morning, not since the evening before.
        .select(({ fn }) =>
          fn
            .min<number | null>(
              sql`case when held_until > updated_at then held_until else updated_at end`,
            )
            .as('since'),
        )
        .where('state', '=', 'waiting')
        .where('held_until', '<=', at)
        .executeTakeFirst();
      gauge.set(secondsSince(row?.since, at));
    },
  },
];

/**
 * Registers gauges of what is waiting. Each is counted in the database when scraped, so several hosts report the same numbers. The queries use small indexes
 * only, because the same thread serves operators. While the store is away, the gauges have no values.
 */
export function registerBacklogMetrics(
  registry: Registry,
  { db }: Pick<Store, 'db'>,
  logger: Logger,
  now: () => number,
): void {
  const tellSeldom = createTellSeldom(logger);
  for (const backlog of backlogs) {
    const { name, help, labelNames } = backlog;
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: [...labelNames],
      registers: [registry],
      collect: () => countAnew(backlog, db, gauge, now(), tellSeldom),
    });
  }
}

async function countAnew(
  { count, labelNames }: Backlog,
  db: Store['db'],
  gauge: Gauge,
  at: number,
  tellSeldom: TellSeldom,
): Promise<void> {
  // `reset` sets a gauge without labels to 0, which would say that nothing waits.
  const forget = () => (labelNames.length > 0 ? gauge.reset() : gauge.remove());
  forget();
  try {
    const late = () => new Error('the store did not answer in time');
    await inTime(longestCountMs, count(db, gauge, at), late);
  } catch (error) {
    forget();
    tellSeldom({ err: error }, 'what waits could not be counted for the metrics');
  }
}

const secondsSince = (since: number | null | undefined, at: number): number =>
  since === null || since === undefined ? 0 : Math.max(0, (at - since) / 1000);
