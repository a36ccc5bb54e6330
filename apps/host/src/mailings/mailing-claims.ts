import { randomInt } from 'node:crypto';
import type { ExpressionBuilder, Kysely } from 'kysely';
import type { MailingTable, Schema } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { LoadLost, type LedgerKey } from './ledger/ledger-writes.ts';
import { forsaken, leaseMs, type MailingState } from './mailing-state.ts';
import { createQueueWakes } from './queue-wakes.ts';

export interface ClaimedMailing {
  readonly id: string;
  readonly tenantId: string;
  readonly fence: number;
}

/** A mailing that is being dialed, with the connection that it was loaded through. */
export interface DialedMailing extends ClaimedMailing {
  readonly connection: string | null;
}

type DueMailing = Pick<MailingTable, 'id' | 'tenant_id' | 'fence'>;

/** The key of writes to a claimed mailing: they change nothing once another host has taken the mailing. */
export type ClaimKey = Pick<LedgerKey, 'mailingId' | 'fence'>;

/**
 * A fence grows by a random step of at most this size. A standby that took over may have forgotten the last claims: with steps of one, it would give the fence
 * of a forgotten claim to the next host, and both could write.
 */
const longestStep = 1_000_000;

/**
 * Of each queue, when the first mailing came that is about to begin. A later one must not overtake it, for instance because it is shorter: whichever comes into
 * a queue last is dialed. A mailing whose lease has run out, as after a fault, holds nobody up. Grouped, because a look for each mailing at all the others of
 * its company takes most of a second where 2000 wait.
 */
const firstOfQueues = (at: number) => (db: ExpressionBuilder<Schema, 'mailings'>) =>
  db
    .selectFrom('mailings')
    .select((of) => ['tenant_id', 'queue', of.fn.min('created_at').as('came_at')])
    .where('state', '=', 'waiting')
    .where((of) =>
      of.or([
        of('lease_until', '>', at),
        of.and([of('lease_until', '=', 0), of('held_until', '<=', at)]),
      ]),
    )
    .groupBy(['tenant_id', 'queue'])
    .as('first');

/** Who works on which mailing. Its row is its own lease; a host that takes the mailing raises the fence, which shuts out those before. */
export function createMailingClaims(store: Store, hostId: string, now: () => number) {
  const { db } = store;
  const { wakeNext, wakeForgotten } = createQueueWakes(store, now);
  const mine = (key: ClaimKey) => updateClaimed(db, key);

  function readDue(
    at: number,
    limit: number,
    running: readonly ClaimedMailing[],
    passed: readonly string[],
  ): Promise<DueMailing[]> {
    let due = db
      .selectFrom('mailings')
      .leftJoin(firstOfQueues(at), (join) =>
        join
          .onRef('first.tenant_id', '=', 'mailings.tenant_id')
          .onRef('first.queue', '=', 'mailings.queue'),
      )
      .select(['mailings.id', 'mailings.tenant_id', 'mailings.fence'])
      .where((row) =>
        row.or([
          row('state', 'in', ['waiting', 'loading', 'deactivating']),
          // Cancelled while it was being sent, or before the clear that removes a broken file: what was under way is still to be settled.
          row.and([row('state', '=', 'cancelled'), row('step', 'in', ['clear', 'send', 'settle'])]),
        ]),
      )
      .where('held_until', '<=', at)
      .where('lease_until', '<', at)
      .where((row) =>
        row.or([
          row('state', '!=', 'waiting'),
          row('cleared_at', 'is not', null),
          row('first.came_at', 'is', null),
          row('first.came_at', '>=', row.ref('created_at')),
        ]),
      )
      .orderBy('created_at')
      .limit(limit);
    if (running.length > 0)
      due = due.where(
        'id',
        'not in',
        running.map(({ id }) => id),
      );
    if (passed.length > 0) due = due.where('mailings.tenant_id', 'not in', passed);
    return due.execute();
  }

  async function take(
    { id, tenant_id, fence: before }: DueMailing,
    at: number,
  ): Promise<ClaimedMailing | undefined> {
    const fence = before + 1 + randomInt(longestStep);
    const { numUpdatedRows } = await db
      .updateTable('mailings')
      .set({ fence, host_id: hostId, lease_until: at + leaseMs })
      .where('id', '=', id)
      .where('fence', '=', before)
      .where('lease_until', '<', at)
      .executeTakeFirst();
    return numUpdatedRows === 0n ? undefined : { id, tenantId: tenant_id, fence };
  }

  return {
    /**
     * Takes mailings that wait for work, and those whose host is gone, the oldest first.
     *
     * @param running mailings that this host works on
     * @param mostOfTenant mailings of one tenant at once, including running ones, so that others get their turn
     * @param lastFree places kept for tenants that have none: otherwise several with much to do would fill them all, for hours
     */
    async claim(
      limit: number,
      running: readonly ClaimedMailing[],
      mostOfTenant: number,
      lastFree = 0,
    ): Promise<ClaimedMailing[]> {
      const at = now();
      const claimed: ClaimedMailing[] = [];
      const shares = new Map<string, number>();
      const takeShare = (tenantId: string) => shares.set(tenantId, (shares.get(tenantId) ?? 0) + 1);
      for (const { tenantId } of running) takeShare(tenantId);
      const hasShare = (tenantId: string) => {
        const share = shares.get(tenantId) ?? 0;
        return share === 0 || (share < mostOfTenant && limit - claimed.length > lastFree);
      };
      const withoutShare = () => [...shares.keys()].filter((tenantId) => !hasShare(tenantId));
      let passed = withoutShare();
      for (;;) {
        for (const row of await readDue(at, limit - claimed.length, running, passed)) {
          const taken = hasShare(row.tenant_id) ? await take(row, at) : undefined;
          if (!taken) continue;
          claimed.push(taken);
          takeShare(row.tenant_id);
        }
        const before = passed.length;
        passed = withoutShare();
        // A company with more due than is read at once must not hide the mailings after it.
        if (passed.length === before || claimed.length >= limit) return claimed;
      }
    },

    /** Mailings that are being dialed and are due to be looked after by `until`. */
    async active(until: number): Promise<DialedMailing[]> {
      const rows = await db
        .selectFrom('mailings')
        .select(['id', 'tenant_id', 'fence', 'connection'])
        .where('state', '=', 'active')
        .where('replaced_at', 'is', null)
        .where('held_until', '<=', until)
        .where('lease_until', '<', until)
        .execute();
      return rows.map(({ tenant_id, ...row }) => ({ ...row, tenantId: tenant_id }));
    },

    /** Takes an active mailing for a moment: a deactivation in that moment is served afterwards. The next look is due at `heldUntil`. */
    async takeActive({ id, fence }: ClaimedMailing, heldUntil: number): Promise<boolean> {
      const at = now();
      const { numUpdatedRows } = await db
        .updateTable('mailings')
        .set({ host_id: hostId, lease_until: at + leaseMs, held_until: heldUntil })
        .where('id', '=', id)
        .where('state', '=', 'active')
        // Another mailing may have taken the queue since this one was found.
        .where('replaced_at', 'is', null)
        .where('fence', '=', fence)
        .where('held_until', '<=', at)
        .where('lease_until', '<', at)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    /** @returns the state of the mailing. @throws {LoadLost} */
    async renew(key: ClaimKey): Promise<MailingState> {
      const row = await mine(key)
        .set({ lease_until: now() + leaseMs })
        .returning('state')
        .executeTakeFirst();
      if (!row) throw new LoadLost(key.mailingId);
      return row.state;
    },

    /** Gives the lease back: the next host need not wait for it to expire. */
    async release(key: ClaimKey): Promise<void> {
      await mine(key).set({ host_id: null, lease_until: 0 }).execute();
      await wakeNext(key.mailingId);
    },

    /** Lets go of a mailing that could not be read, and with which nothing was begun, so that it holds nobody up. It is taken again later. */
    async putOff(key: ClaimKey): Promise<void> {
      const at = now();
      await mine(key)
        .set({ host_id: null, lease_until: at, held_until: at + leaseMs })
        .execute();
    },

    wakeNext,
    wakeForgotten,

    /** Gives up a mailing that arrived while its company was being deleted: it is swept. Does nothing if the company exists, even unknown to this host. */
    async giveUpOrphan(key: ClaimKey): Promise<void> {
      await mine(key)
        .set({ ...forsaken, host_id: null })
        .where((row) =>
          row.not(
            row.exists(
              row
                .selectFrom('tenants')
                .select('id')
                .whereRef('tenants.id', '=', 'mailings.tenant_id'),
            ),
          ),
        )
        .execute();
    },

    /** On a database that only this host uses, whatever an earlier process of it held is free at once, and so are the queues that it left. */
    async releaseAll(): Promise<void> {
      await db
        .updateTable('mailings')
        .set({ host_id: null, lease_until: 0 })
        .where('lease_until', '>', 0)
        .execute();
      await wakeForgotten();
    },

    /** The document of a company has changed: mailings held back by its rules or its telephone system are looked at again. */
    async lookAgain(tenantId: string): Promise<void> {
      await db
        .updateTable('mailings')
        .set({ held_until: 0 })
        .where('tenant_id', '=', tenantId)
        .where('state', 'in', ['waiting', 'loading'])
        .where('held_until', '>', now())
        .execute();
    },
  };
}

export const updateClaimed = (db: Kysely<Schema>, { mailingId, fence }: ClaimKey) =>
  db.updateTable('mailings').where('id', '=', mailingId).where('fence', '=', fence);
