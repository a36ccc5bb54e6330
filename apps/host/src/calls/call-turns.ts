import { leaseMs } from '../store/host-lease.ts';
import type { Store } from '../store/store.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { Wish } from './wish.ts';

/** The same click has reached another host, whose attempt stands for both. */
export class ClickedElsewhere extends Error {
  override readonly name = 'ClickedElsewhere';
  readonly attemptId: string;

  constructor(attemptId: string) {
    super('the same is being asked for by another host, or was just now');
    this.attemptId = attemptId;
  }
}

export interface Turn {
  /** Keyed hash of {@link Wish.among}, which may be a number. */
  readonly hash: string;
  readonly place: number;
}

/** Stores an attempt. @returns whether it was stored: not if another host has taken this turn */
export type BeginInTurn = (turn: Turn | null) => Promise<boolean>;

/**
 * Lets hosts on one database see each other's calls and transfers, if a rule of the company counts them. Each gets the turn after the latest one, and a host that
 * finds its turn taken when it stores the attempt looks again: nothing is locked, so a suspended host holds up nobody.
 */
export interface CallTurns {
  /**
   * Has an attempt stored in its turn, `null` if it needs none: no such rule, or no other host. Check the rules in `begin`, which is called
   * again if the turn was taken.
   *
   * @throws {ClickedElsewhere} if the company counts two such clicks as one
   */
  readonly take: (tenant: Tenant, wish: Wish, begin: BeginInTurn) => Promise<void>;
}

/** The most operators who call one number at the same time. */
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
      // The condition of the partial index: without it PostgreSQL reads all calls of the company.
      .where('turn', 'is not', null)
      .orderBy('turn', 'desc')
      .limit(mostAtOnce)
      .execute();
    const same = latest.find((call) => call.extension === wish.extension);
    if (doubleClickMs !== undefined && same) {
      const ageMs = now() - same.updated_at;
      // A call far in the future was stored before the clock was set back, so it is not the same click.
      const isFresh = same.state !== 'failed' && ageMs < doubleClickMs && ageMs > -leaseMs;
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

/** `attemptsPerDay` counts calls, not transfers. */
const isCounted = ({ rules }: Pick<Tenant, 'rules'>, { feature }: Wish): boolean =>
  rules.doubleClickMs !== undefined ||
  (feature === 'click2call' && rules.attemptsPerDay !== undefined);
