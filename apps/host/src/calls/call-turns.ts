import type { DialablePhone } from '@finaz-telephony/core';
import type { Store } from '../store/store.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** The same click has come to another host: its attempt is this one's, too. */
export class ClickedElsewhere extends Error {
  override readonly name = 'ClickedElsewhere';
  readonly attemptId: string;

  constructor(attemptId: string) {
    super('the same call is being placed by another host, or was just now');
    this.attemptId = attemptId;
  }
}

/** Whom an operator wants to call. */
export interface CallToPlace {
  readonly phone: DialablePhone;
  readonly extension: string;
}

/** Writes a call down. @returns whether it was; not where another host has had this turn */
export type BeginInTurn = (turn: number | null) => Promise<boolean>;

/**
 * Lets hosts on one database know of each other's calls to a number, where a rule of the company counts them. Each of these calls has the turn behind the last one, and
 * who finds its turn taken when it writes the call down looks again: nothing is locked, so that a host which stands still holds up nobody.
 */
export interface CallTurns {
  /**
   * The turn of a call that is about to be written down; to be asked before the rules are. `null` where it needs none: no such rule, or no other host.
   *
   * @throws {ClickedElsewhere} where the company counts two such clicks as one
   */
  readonly next: (tenant: Tenant, call: CallToPlace) => Promise<number | null>;
}

/** Operators who call one number at the same time. */
const mostAtOnce = 20;

export function createCallTurns({ db, native }: Store, now: () => number): CallTurns {
  return {
    async next(tenant, { phone, extension }) {
      const { attemptsPerDay, doubleClickMs } = tenant.rules;
      const isCounted = attemptsPerDay !== undefined || doubleClickMs !== undefined;
      if (native.engine === 'sqlite' || !isCounted) return null;
      const latest = await db
        .selectFrom('calls')
        .select(['id', 'extension', 'state', 'updated_at', 'turn'])
        .where('tenant_id', '=', tenant.id)
        .where('number_hash', '=', tenant.cipher.hash(phone.e164))
        .where('turn', 'is not', null)
        .orderBy('turn', 'desc')
        .limit(mostAtOnce)
        .execute();
      const same = latest.find((call) => call.extension === extension);
      if (doubleClickMs !== undefined && same) {
        const isFresh = same.state !== 'failed' && same.updated_at > now() - doubleClickMs;
        if (same.state === 'sending' || isFresh) throw new ClickedElsewhere(same.id);
      }
      return (latest[0]?.turn ?? 0) + 1;
    },
  };
}
