import type { Store } from './store.ts';

/** A host that has not been seen for so long is taken to be dead. */
export const leaseMs = 15_000;
export const heartbeatMs = 3000;

/** Tells which hosts on this database are alive, so that what a dead one left behind is noticed. */
export interface HostLease {
  readonly beat: () => Promise<void>;
  /** Takes hosts whose lease has run out off the list of those that live. */
  readonly forgetDead: () => Promise<void>;
  /** @param since when it was last known to live: a host that has just started may not be on the list yet */
  readonly isAlive: (id: string, since: number) => Promise<boolean>;
  /**
   * For work whose requests are sent once. What it returns is asked before each request: whether this host has shown all the while that it lives, so
   * that no other host can have taken it for dead since `hold` was called. It goes by a clock that runs on while the host is frozen.
   */
  readonly hold: () => () => boolean;
  readonly leave: () => Promise<void>;
}

/** Whether any host on this database may be alive. Not asked of SQLite, where its lock tells: see sole-host.ts. */
export async function livesAny({ db }: Pick<Store, 'db'>, now: number): Promise<boolean> {
  const host = await db
    .selectFrom('hosts')
    .select('id')
    .where('seen_at', '>=', now - leaseMs)
    .limit(1)
    .executeTakeFirst();
  return host !== undefined;
}

export function createHostLease(store: Store, hostId: string, now: () => number): HostLease {
  const { db, native } = store;
  /** When it last showed that it lives, and since when without a gap that others could see. */
  let shownAt = Number.NEGATIVE_INFINITY;
  let unbrokenSince = Number.POSITIVE_INFINITY;
  const isRecent = (moment: number, at: number) => at - moment < leaseMs;
  return {
    async beat() {
      const at = performance.now();
      const seen_at = now();
      await db
        .insertInto('hosts')
        .values({ id: hostId, seen_at })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ seen_at }))
        .execute();
      if (!isRecent(shownAt, at)) unbrokenSince = at;
      shownAt = at;
    },
    async forgetDead() {
      await db
        .deleteFrom('hosts')
        .where('id', '!=', hostId)
        .where('seen_at', '<', now() - leaseMs)
        .execute();
    },
    async isAlive(id, since) {
      // Nobody else uses this database.
      if (native.engine === 'sqlite') return id === hostId;
      const silentSince = now() - leaseMs;
      if (since >= silentSince) return true;
      const host = await db
        .selectFrom('hosts')
        .select('id')
        .where('id', '=', id)
        .where('seen_at', '>=', silentSince)
        .executeTakeFirst();
      return host !== undefined;
    },
    hold() {
      // Nobody else is there to doubt.
      if (native.engine === 'sqlite') return () => true;
      const from = performance.now();
      return () => {
        const at = performance.now();
        // What has just begun nobody doubts, whatever is known of its host.
        return isRecent(from, at) || (unbrokenSince <= from && isRecent(shownAt, at));
      };
    },
    async leave() {
      await db.deleteFrom('hosts').where('id', '=', hostId).execute();
    },
  };
}
