import type { Tenant } from '../tenants/tenant.ts';
import type { DoNotCallStore } from './do-not-call-store.ts';
import type { NumberHistory } from './number-history.ts';

/** Why a number is left out of a mailing. */
export type HeldReason = 'do_not_call' | 'already_worked' | 'attempts_per_day';

export interface HeldNumber {
  readonly reason: HeldReason;
  /** The reason in words. */
  readonly message: string;
}

const held: Readonly<Record<HeldReason, HeldNumber>> = {
  do_not_call: {
    reason: 'do_not_call',
    message: 'it is on the do-not-call list of the company',
  },
  already_worked: {
    reason: 'already_worked',
    message: 'an earlier mailing has reached it, or found it invalid',
  },
  attempts_per_day: {
    reason: 'attempts_per_day',
    message: 'it was called as often today as the company allows',
  },
};

/** Checks the numbers of a mailing against the rules of the company while the mailing is received. */
export interface NumberScreen {
  /** Whether no rule can leave out a number at this moment, so that `check` is not needed. */
  readonly isOff: () => Promise<boolean>;
  /** For each hash, in order: why its number is left out, or `undefined`. */
  readonly check: (numberHashes: readonly string[]) => Promise<(HeldNumber | undefined)[]>;
}

export interface NumberScreenDependencies {
  readonly doNotCall: DoNotCallStore;
  readonly history: NumberHistory;
}

/** Reads earlier attempts (`excludeWorked`) once for a mailing; what may change within the day is read with each `check`. */
export async function openNumberScreen(
  { doNotCall, history }: NumberScreenDependencies,
  tenant: Tenant,
): Promise<NumberScreen> {
  const { attemptsPerDay } = tenant.rules;
  const worked = await history.worked(tenant);
  return {
    isOff: async () => !worked && attemptsPerDay === undefined && (await doNotCall.isEmpty(tenant)),
    async check(hashes) {
      const refused = await doNotCall.among(tenant, hashes);
      const called =
        attemptsPerDay === undefined ? undefined : await history.calledToday(tenant, hashes);
      return hashes.map((hash): HeldNumber | undefined => {
        if (refused.has(hash)) return held.do_not_call;
        if (worked && worked.count(hash) > 0) return held.already_worked;
        return attemptsPerDay !== undefined && called && called(hash) >= attemptsPerDay
          ? held.attempts_per_day
          : undefined;
      });
    },
  };
}
