import { setImmediate as nextTurn } from 'node:timers/promises';
import { chunksOf } from '../store/chunks-of.ts';
import type { AttemptTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { StatusStore } from '../results/vendor-statuses.ts';
import { startOfDay } from './calling-hours.ts';
import { NumberTally } from './number-tally.ts';

/**
 * Earlier attempts to numbers, by the hash of the number. Read from the attempts themselves, in the order in which they are stored: an index of a million
 * random hashes would make storing results five times slower, for a query that is needed once for each mailing.
 */
export interface NumberHistory {
  /** Numbers that had one of the outcomes of the rule `excludeWorked` within its time. `undefined` if the rule is off. */
  readonly worked: (tenant: Tenant) => Promise<NumberTally | undefined>;
  /** How often the dialer has called each number today. The tally is kept, so that each call reads new attempts only. */
  readonly dialedToday: (tenant: Tenant) => Promise<NumberTally>;
  /** How often operators and the dialer have called each of these numbers today, together. */
  readonly calledToday: (
    tenant: Tenant,
    numberHashes: readonly string[],
  ) => Promise<(numberHash: string) => number>;
}

const pageSize = 2000;
/** Number of companies whose attempts of the day are kept in memory. */
const mostFollowed = 200;

interface Followed {
  /** The first moment of the day, as `dayAfter` is of the next. */
  readonly day: number;
  readonly tally: NumberTally;
  readonly dayAfter: number;
  /** Attempts of the next day that were read before it began, because the clock of a telephone system is ahead. */
  readonly tallyAfter: NumberTally;
  /** The last attempt that was read, for each mailing that has called within the day. */
  readonly places: Map<number, number>;
}

export function createNumberHistory(
  store: Store,
  statuses: StatusStore,
  now: () => number,
): NumberHistory {
  const { db } = store;
  const followed = new Map<string, Followed>();
  const reading = new Map<string, Promise<NumberTally>>();

  /** Visits every attempt of a company since a moment, page by page. The database skips earlier attempts, which are most of those of a long mailing. */
  async function visit(
    tenant: Tenant,
    since: number,
    places: Map<number, number>,
    use: (row: Pick<AttemptTable, 'number_hash' | 'status' | 'at'>) => void,
  ): Promise<void> {
    const mailings = await db
      .selectFrom('mailing_results')
      .select(['ref', 'last_seq'])
      .where('tenant_id', '=', tenant.id)
      .where('latest_at', '>=', since)
      .execute();
    const called = new Set(mailings.map(({ ref }) => ref));
    for (const ref of places.keys()) if (!called.has(ref)) places.delete(ref);
    for (const { ref, last_seq } of mailings) {
      let after = places.get(ref) ?? 0;
      while (after < last_seq) {
        const upTo = Math.min(after + pageSize, last_seq);
        const rows = await db
          .selectFrom('attempts')
          .select(['number_hash', 'status', 'at'])
          .where('mailing', '=', ref)
          .where('seq', '>', after)
          .where('seq', '<=', upTo)
          .where('at', '>=', since)
          .execute();
        for (const row of rows) use(row);
        after = upTo;
        // Stored after each page, so that a page is not counted again if the next one cannot be read.
        places.set(ref, after);
        // Reads of SQLite are synchronous: without a pause, the attempts of a month would block everybody else.
        await nextTurn();
      }
    }
  }

  async function follow(tenant: Tenant): Promise<NumberTally> {
    const { day, dayAfter, tally, tallyAfter, places } = stateOf(tenant);
    await visit(tenant, day, places, ({ number_hash, at }) =>
      (at < dayAfter ? tally : tallyAfter).add(number_hash),
    );
    return tally;
  }

  /** The state for today. Takes over what was read yesterday, because the first call of a day would have to wait until it is read again. */
  function stateOf(tenant: Tenant): Followed {
    const day = startOfDay(now(), tenant.timeZone);
    const before = followed.get(tenant.id);
    if (before?.day === day) return before;
    const goesOn = before?.dayAfter === day;
    if (!goesOn && followed.size >= mostFollowed) followed.clear();
    const state = {
      day,
      tally: goesOn ? before.tallyAfter : new NumberTally(),
      dayAfter: startOfDay(now(), tenant.timeZone, 1),
      tallyAfter: new NumberTally(),
      places: goesOn ? before.places : new Map<number, number>(),
    };
    followed.set(tenant.id, state);
    return state;
  }

  /** Calls of operators, without those that failed. */
  async function placedToday(
    tenant: Tenant,
    hashes: readonly string[],
  ): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (const chunk of chunksOf(hashes)) {
      const rows = await db
        .selectFrom('calls')
        .select((column) => ['number_hash', column.fn.countAll<number>().as('count')])
        .where('tenant_id', '=', tenant.id)
        .where('number_hash', 'in', chunk)
        .where('created_at', '>=', startOfDay(now(), tenant.timeZone))
        .where('feature', '=', 'click2call')
        .where('state', '!=', 'failed')
        .groupBy('number_hash')
        .execute();
      for (const { number_hash, count } of rows)
        if (number_hash !== null) counts.set(number_hash, count);
    }
    return counts;
  }

  function dialedToday(tenant: Tenant): Promise<NumberTally> {
    // One at a time: two readers would count the same attempts twice.
    const running = (reading.get(tenant.id) ?? Promise.resolve()).then(
      () => follow(tenant),
      () => follow(tenant),
    );
    reading.set(tenant.id, running);
    const forget = () => {
      if (reading.get(tenant.id) === running) reading.delete(tenant.id);
    };
    running.then(forget, forget);
    return running;
  }

  return {
    dialedToday,

    async calledToday(tenant, hashes) {
      const [placed, dialed] = await Promise.all([
        placedToday(tenant, hashes),
        dialedToday(tenant),
      ]);
      return (hash) => (placed.get(hash) ?? 0) + dialed.count(hash);
    },

    async worked(tenant) {
      const rule = tenant.rules.excludeWorked;
      if (!rule) return undefined;
      const tally = new NumberTally();
      const { byId } = await statuses.read(tenant);
      await visit(tenant, now() - rule.withinMs, new Map(), ({ number_hash, status }) => {
        if (rule.outcomes.has(byId(status)?.outcome ?? 'unknown')) tally.add(number_hash);
      });
      return tally;
    },
  };
}
