import { sql } from 'kysely';
import type { WebhookDeliveryTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import { traceHere } from '../tracing.ts';

export type WebhookType = WebhookDeliveryTable['type'];

interface DueDelivery {
  readonly tenantId: string;
  readonly type: WebhookType;
  readonly subject: string;
}

/** A delivery that this host has taken. */
export interface ClaimedDelivery extends DueDelivery {
  /** How often it was tried before. */
  readonly attempts: number;
  /** The span in which the message was made. */
  readonly trace: string | null;
}

/** What is to be delivered to the CRM, and by which host. */
export interface WebhookDeliveries {
  readonly add: (tenantId: string, type: WebhookType, subject: string) => Promise<void>;
  /**
   * Claims what is due, under a lease: only one of several hosts sends it, and another one if that host dies.
   *
   * @param full tenants from which nothing is claimed
   * @param roomOf the most deliveries to claim of a tenant
   */
  readonly claim: (
    full: readonly string[],
    roomOf: (tenantId: string) => number,
  ) => Promise<ClaimedDelivery[]>;
  readonly retryAt: (claimed: ClaimedDelivery, at: number, reason: string) => Promise<void>;
  /** Releases a delivery that was not tried; this does not count as an attempt. */
  readonly putBack: (claimed: ClaimedDelivery, at: number) => Promise<void>;
  readonly finish: (
    claimed: ClaimedDelivery,
    state: 'delivered' | 'given_up',
    reason: string | null,
  ) => Promise<void>;
  /** On a database that only this host uses, what an earlier process of it was sending is due at once. */
  readonly releaseAll: () => Promise<void>;
}

const leaseMs = 60_000;
const readAtOnce = 200;

export function createWebhookDeliveries(
  { db }: Store,
  hostId: string,
  now: () => number,
): WebhookDeliveries {
  const update = ({ tenantId, type, subject }: DueDelivery) =>
    db
      .updateTable('webhook_deliveries')
      .where('tenant_id', '=', tenantId)
      .where('type', '=', type)
      .where('subject', '=', subject);

  /** Only while this host holds the lease: a host that was frozen for longer must not overwrite what another one has written since. */
  const updateMine = (claimed: ClaimedDelivery) => update(claimed).where('claimed_by', '=', hostId);

  const released = { claimed_by: null, claimed_until: 0 };
  const tried = ({ attempts }: ClaimedDelivery) => ({ ...released, attempts: attempts + 1 });

  /**
   * In the order in which they are due; more are read than taken, so only what the index has: to read the row of each of a hundred thousand that a slow receiver
   * has left would hold up everybody else on SQLite, at every look.
   */
  function readDue(at: number, passed: ReadonlySet<string>): Promise<DueDelivery[]> {
    let due = db
      .selectFrom('webhook_deliveries')
      .select(['tenant_id as tenantId', 'type', 'subject'])
      // A literal, because SQLite does not use its partial indexes for bound values.
      .where('state', '=', sql.lit('pending'))
      .where('next_at', '<=', at)
      .orderBy('next_at')
      .limit(readAtOnce);
    if (passed.size > 0) due = due.where('tenant_id', 'not in', [...passed]);
    return due.execute();
  }

  /** As long as it is claimed it is not due either, so that nobody who looks for due ones finds it. */
  async function take(due: DueDelivery, at: number): Promise<ClaimedDelivery | undefined> {
    const claimedUntil = at + leaseMs;
    const row = await update(due)
      .set({ claimed_by: hostId, claimed_until: claimedUntil, next_at: claimedUntil })
      .where('state', '=', 'pending')
      .where('claimed_until', '<', at)
      // Another host may have tried the delivery since it was read: then it is due later.
      .where('next_at', '<=', at)
      .returning(['attempts', 'trace'])
      .executeTakeFirst();
    return row && { ...due, ...row };
  }

  return {
    async add(tenantId, type, subject) {
      await db
        .insertInto('webhook_deliveries')
        .values({
          tenant_id: tenantId,
          type,
          subject,
          state: 'pending',
          attempts: 0,
          next_at: now(),
          claimed_by: null,
          claimed_until: 0,
          last_error: null,
          trace: traceHere(),
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    },

    async claim(full, roomOf) {
      const at = now();
      const passed = new Set(full);
      const claimed: ClaimedDelivery[] = [];
      for (;;) {
        const before = claimed.length + passed.size;
        const due = await readDue(at, passed);
        for (const row of due) {
          const count = claimed.filter(({ tenantId }) => tenantId === row.tenantId).length;
          if (count >= roomOf(row.tenantId)) {
            passed.add(row.tenantId);
            continue;
          }
          const taken = await take(row, at);
          if (taken) claimed.push(taken);
        }
        // A tenant with more due than is read at once must not hide the others: they are read without it.
        const mayHideOthers = due.length === readAtOnce && claimed.length < readAtOnce;
        if (!mayHideOthers || claimed.length + passed.size === before) return claimed;
      }
    },

    async retryAt(claimed, at, reason) {
      await updateMine(claimed)
        .set({ ...tried(claimed), next_at: at, last_error: reason.slice(0, 500) })
        .execute();
    },

    async putBack(claimed, at) {
      await updateMine(claimed)
        .set({ ...released, next_at: at })
        .execute();
    },

    async finish(claimed, state, reason) {
      await updateMine(claimed)
        .set({ ...tried(claimed), state, last_error: reason })
        .execute();
    },

    async releaseAll() {
      await db
        .updateTable('webhook_deliveries')
        .set({ ...released, next_at: now() })
        .where('state', '=', 'pending')
        .where('claimed_until', '>', 0)
        .execute();
    },
  };
}
