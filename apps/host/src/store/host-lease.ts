import type { Store } from './store.ts';

/** A host that has not been seen for this long is considered dead. */
export const leaseMs = 15_000;
export const heartbeatMs = 3000;

/** Tells which hosts on this database are alive, so that work abandoned by a dead one is noticed. */
export interface HostLease {
  readonly beat: () => Promise<void>;
  /** Removes hosts whose lease has expired from the list of living hosts. */
  readonly forgetDead: () => Promise<void>;
  /** @param since when it was last known to be alive: a host that has just started may not be on the list yet */
  readonly isAlive: (id: string, since: number) => Promise<boolean>;
  /**
   * For work whose requests are sent once. The returned function is called before each request: whether this host has renewed its lease without a gap, so
   * that no other host can have taken it for dead since `hold` was called. It uses a clock that keeps running while the host is suspended.
   */
  readonly hold: () => () => boolean;
  readonly leave: () => Promise<void>;
}

/** Whether any host on this database may be alive. Not for SQLite, whose lock answers that: see sole-host.ts. */
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
  /** When it last renewed its lease, and since when it has done so without a gap that others could see. */
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
      // Nobody else uses this database, so nobody takes this host for dead.
      if (native.engine === 'sqlite') return () => true;
      const from = performance.now();
      return () => {
        const at = performance.now();
        // Other hosts do not doubt what has just begun, whatever they know of its host.
        return isRecent(from, at) || (unbrokenSince <= from && isRecent(shownAt, at));
      };
    },
    async leave() {
      await db.deleteFrom('hosts').where('id', '=', hostId).execute();
    },
  };
}
