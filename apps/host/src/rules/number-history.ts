import { setImmediate as nextTurn } from 'node:timers/promises';
import { chunksOf } from '../store/chunks-of.ts';
import type { AttemptTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { StatusStore } from '../results/vendor-statuses.ts';
import { startOfDay } from './calling-hours.ts';
import { NumberTally } from './number-tally.ts';

/**
 * What was done with numbers before, by their hash. Read from the attempts themselves, in the order in which they lie: an index over a million random
 * hashes would make storing results five times slower, for a question that is asked once for each mailing.
 */
export interface NumberHistory {
  /** Numbers that had one of the outcomes of `excludeWorked` within its time. Nothing where the rule is off. */
  readonly worked: (tenant: Tenant) => Promise<NumberTally | undefined>;
  /** How often the dialer has called each number today. Kept from question to question; only what is new is read. */
  readonly dialedToday: (tenant: Tenant) => Promise<NumberTally>;
  /** How often operators and the dialer have called each of these numbers today, together. */
  readonly calledToday: (
    tenant: Tenant,
    numberHashes: readonly string[],
  ) => Promise<(numberHash: string) => number>;
}

const pageSize = 2000;
/** The day's attempts of so many companies are kept in memory. */
const mostFollowed = 200;

interface Followed {
  /** Its first moment. */
  readonly day: number;
  readonly tally: NumberTally;
  readonly dayAfter: number;
  /** Of what was read before its day had begun: of a telephone system whose clock is ahead. */
  readonly tallyAfter: NumberTally;
  /** The last attempt read of each mailing, of all those that have called within the day. */
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

  /** Every attempt of a company since then, page by page. What lies before it is passed over by the database: of a mailing of many days, most does. */
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
        // With each page: where the next one cannot be read, this one must not be counted again.
        places.set(ref, after);
        // On SQLite no read waits for anything: the attempts of a month would be read before anybody else comes.
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

  /** Of today. What was read yesterday is not read again: the first call of a day would wait for it. */
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

  /** Calls of operators; not those that failed. */
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
