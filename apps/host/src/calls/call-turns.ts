import type { Store } from '../store/store.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** The same click has come to another host: its attempt is this one's, too. */
export class ClickedElsewhere extends Error {
  override readonly name = 'ClickedElsewhere';
  readonly attemptId: string;

  constructor(attemptId: string) {
    super('the same is being asked for by another host, or was just now');
    this.attemptId = attemptId;
  }
}

/** What an operator wants. */
export interface Wish {
  readonly feature: 'click2call' | 'transfer';
  readonly extension: string;
  /** Which attempts take turns: the calls to one number, whoever wants them, and the transfers that are the same in all. */
  readonly among: string;
}

export interface Turn {
  /** Among which attempts: keyed, for it may be a number. */
  readonly hash: string;
  readonly place: number;
}

/** Writes an attempt down. @returns whether it was; not where another host has had this turn */
export type BeginInTurn = (turn: Turn | null) => Promise<boolean>;

/**
 * Lets hosts on one database know of each other's calls and transfers, where a rule of the company counts them. Each of these has the turn behind the last one, and who
 * finds its turn taken when it writes the attempt down looks again: nothing is locked, so that a host which stands still holds up nobody.
 */
export interface CallTurns {
  /**
   * Has an attempt written down in its turn, `null` where it needs none: no such rule, or no other host. Whoever holds it against the rules does so in `begin`, which comes
   * again where the turn was taken.
   *
   * @throws {ClickedElsewhere} where the company counts two such clicks as one
   */
  readonly take: (tenant: Tenant, wish: Wish, begin: BeginInTurn) => Promise<void>;
}

/** Operators who call one number at the same time. */
const mostAtOnce = 20;

export function createCallTurns({ db, native }: Store, now: () => number): CallTurns {
  async function next(tenant: Tenant, wish: Wish): Promise<Turn | null> {
    if (native.engine === 'sqlite' || !isCounted(tenant, wish)) return null;
    const { doubleClickMs } = tenant.rules;
    const hash = tenant.cipher.hash(wish.among);
    const latest = await db
      .selectFrom('calls')
      .select(['id', 'extension', 'state', 'updated_at', 'turn'])
      .where('tenant_id', '=', tenant.id)
      .where('turn_hash', '=', hash)
      // What the index is of: without it PostgreSQL reads all calls of the company.
      .where('turn', 'is not', null)
      .orderBy('turn', 'desc')
      .limit(mostAtOnce)
      .execute();
    const same = latest.find((call) => call.extension === wish.extension);
    if (doubleClickMs !== undefined && same) {
      const isFresh = same.state !== 'failed' && same.updated_at > now() - doubleClickMs;
      if (same.state === 'sending' || isFresh) throw new ClickedElsewhere(same.id);
    }
    return { hash, place: (latest[0]?.turn ?? 0) + 1 };
  }

  return {
    async take(tenant, wish, begin) {
      let isBegun = false;
      while (!isBegun) isBegun = await begin(await next(tenant, wish));
    },
  };
}

/** Of a day, calls alone are counted. */
const isCounted = ({ rules }: Pick<Tenant, 'rules'>, { feature }: Wish): boolean =>
  rules.doubleClickMs !== undefined ||
  (feature === 'click2call' && rules.attemptsPerDay !== undefined);
