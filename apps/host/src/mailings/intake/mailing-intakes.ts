import type { Parameters } from '@finaz-telephony/core';
import type { Store } from '../../store/store.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import { LoadLost } from '../ledger/ledger-writes.ts';
import { newRef } from '../mailing-ref.ts';
import { createMailingRemovals } from '../mailing-removals.ts';
import { leaseMs } from '../mailing-state.ts';
import { traceHere } from '../../tracing.ts';
import { sealPart } from '../sealed-part.ts';

/** Stores mailings on their way in, until they are complete, and removes them again. */
export type MailingIntakes = ReturnType<typeof createMailingIntakes>;

export function createMailingIntakes(store: Store, hostId: string, now: () => number) {
  const { db } = store;
  const removals = createMailingRemovals(store, now);

  const isComplete = async (id: string) =>
    (await db
      .selectFrom('mailings')
      .select('id')
      .where('id', '=', id)
      .where('state', '!=', 'receiving')
      .executeTakeFirst()) !== undefined;

  /** The intake has failed: what it stored counts as not arrived and is swept, unless a host has begun to work on the mailing. */
  async function withdraw(id: string): Promise<void> {
    await db
      .updateTable('mailings')
      .set({ state: 'receiving', lease_until: 0 })
      .where('id', '=', id)
      .where('state', 'in', ['receiving', 'waiting'])
      .where('fence', '=', 0)
      .execute();
  }

  return {
    ...removals,
    withdraw,

    /** Creates a mailing whose contacts are on their way in. Its lease belongs to the intake: a mailing whose intake dies is discarded. */
    async create(
      tenant: Pick<Tenant, 'id' | 'cipher'>,
      mailing: { readonly id: string; readonly queue: string; readonly parameters: Parameters },
    ): Promise<number> {
      const at = now();
      const row = {
        id: mailing.id,
        tenant_id: tenant.id,
        queue: mailing.queue,
        state: 'receiving',
        step: null,
        total: 0,
        rejected: 0,
        pending: 0,
        sending: 0,
        sent: 0,
        failed: 0,
        in_doubt: 0,
        taken: null,
        area_codes: '[]',
        sealed: sealPart(tenant.cipher, mailing.id, {
          parameters: mailing.parameters,
          captures: {},
        }),
        error: null,
        cleared_at: null,
        connection: null,
        in_queue_since: null,
        prepared_at: null,
        file_at: null,
        settled_at: null,
        activated_at: null,
        replaced_at: null,
        finished_at: null,
        held_until: 0,
        tries: 0,
        host_id: hostId,
        fence: 0,
        lease_until: at + leaseMs,
        trace: traceHere(),
        created_at: at,
        updated_at: at,
      } as const;
      for (;;) {
        const ref = newRef(at);
        const { numInsertedOrUpdatedRows } = await db
          .insertInto('mailings')
          .values({ ...row, ref })
          .onConflict((conflict) => conflict.column('ref').doNothing())
          .executeTakeFirstOrThrow();
        if (numInsertedOrUpdatedRows === 1n) return ref;
      }
    },

    /** Renews the lease of an intake that is alive. */
    async keepReceiving(id: string): Promise<void> {
      await db
        .updateTable('mailings')
        .set({ lease_until: now() + leaseMs })
        .where('id', '=', id)
        .where('state', '=', 'receiving')
        .where('fence', '=', 0)
        .execute();
    },

    /**
     * All contacts are on the disk: from now on this service is responsible for the mailing. Safe to repeat: if the connection to the database broke, the first
     * call may have been stored, and a host may already be loading the mailing.
     */
    async received(
      id: string,
      counts: {
        readonly total: number;
        readonly rejected: number;
        readonly areaCodes: readonly string[];
      },
    ): Promise<void> {
      const { numUpdatedRows } = await db
        .updateTable('mailings')
        .set({
          state: 'waiting',
          total: counts.total,
          pending: counts.total,
          rejected: counts.rejected,
          area_codes: JSON.stringify(counts.areaCodes),
          host_id: null,
          lease_until: 0,
          updated_at: now(),
        })
        .where('id', '=', id)
        .where('state', '=', 'receiving')
        .where('fence', '=', 0)
        .executeTakeFirst();
      if (numUpdatedRows === 0n && !(await isComplete(id))) throw new LoadLost(id);
      await store.notify('mailings', id);
    },

    /** The caller is about to be told that the mailing was taken: an intake that has not heard of its own success must not withdraw it any more. */
    async keep(id: string): Promise<void> {
      await db
        .updateTable('mailings')
        .set({ fence: 1 })
        .where('id', '=', id)
        .where('state', '=', 'waiting')
        .where('fence', '=', 0)
        .execute();
    },

    /** The intake has failed: withdraws the mailing and removes it at once. @returns `false` if a host has begun to work on it */
    async giveUp(id: string, ref: number): Promise<boolean> {
      await withdraw(id);
      if (await isComplete(id)) return false;
      await removals.discard(id, ref);
      return true;
    },
  };
}
