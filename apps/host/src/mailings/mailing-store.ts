import type { Captures, Parameters } from '@finaz-telephony/core';
import { sql } from 'kysely';
import type { MailingTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { TenantCipher } from '../store/vault.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { LoadLost, type LedgerKey } from './ledger-writes.ts';
import { mailingCommands, type MailingCommand, type MailingState } from './mailing-state.ts';

/** What keeps a mailing from going on. Masked. */
export interface MailingError {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly vendor?: { readonly status?: number; readonly message?: string };
}

interface SealedPart {
  readonly parameters: Parameters;
  readonly captures: Captures;
}

/** A mailing as the host works with it. */
export interface MailingRecord
  extends Omit<MailingTable, 'sealed' | 'error' | 'area_codes'>, SealedPart {
  readonly error: MailingError | null;
  readonly areaCodes: readonly string[];
}

/** Changes of a mailing by the host that loads it. */
export type MailingChange = Partial<
  Pick<
    MailingTable,
    | 'state'
    | 'step'
    | 'taken'
    | 'cleared_at'
    | 'prepared_at'
    | 'file_at'
    | 'activated_at'
    | 'finished_at'
    | 'held_until'
    | 'tries'
  >
> & { readonly error?: MailingError | null; readonly captures?: Captures };

export interface ClaimedMailing {
  readonly id: string;
  readonly tenantId: string;
  readonly fence: number;
}

const place = (id: string) => `mailings/${id}`;
export const leaseMs = 15_000;

/** What a mailing consists of, each with the key by which it is taken away in chunks. */
const ordered = [
  ['mailing_contacts', 'position'],
  ['mailing_numbers', 'number_key'],
  ['mailing_rejects', 'seq'],
] as const;
const discardRows = 5000;

/** The mailings of all tenants: their states, who works on them, and who has which queue. */
export type MailingStore = ReturnType<typeof createMailingStore>;

export function createMailingStore(store: Store, hostId: string, now: () => number) {
  const { db } = store;

  function toRecord(cipher: TenantCipher, row: MailingTable): MailingRecord {
    const { sealed, error, area_codes, ...plain } = row;
    const parts: SealedPart = JSON.parse(cipher.open(place(row.id), sealed));
    const known: MailingError | null = error === null ? null : JSON.parse(error);
    const areaCodes: string[] = JSON.parse(area_codes);
    return { ...plain, ...parts, error: known, areaCodes };
  }

  const mine = (key: Pick<LedgerKey, 'mailingId' | 'fence'>) =>
    db.updateTable('mailings').where('id', '=', key.mailingId).where('fence', '=', key.fence);

  return {
    /** A new mailing on its way in. Its lease is the intake's: one that dies is discarded. */
    async create(
      tenant: Tenant,
      mailing: { readonly id: string; readonly queue: string; readonly parameters: Parameters },
    ): Promise<number> {
      const at = now();
      // Unique over all hosts, in the order of time, and small: a million rows carry it.
      const ref = at * 1000 + Math.floor(Math.random() * 1000);
      const sealed: SealedPart = { parameters: mailing.parameters, captures: {} };
      await db
        .insertInto('mailings')
        .values({
          id: mailing.id,
          ref,
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
          sealed: tenant.cipher.seal(place(mailing.id), JSON.stringify(sealed)),
          error: null,
          cleared_at: null,
          prepared_at: null,
          file_at: null,
          activated_at: null,
          replaced_at: null,
          finished_at: null,
          held_until: 0,
          tries: 0,
          host_id: hostId,
          fence: 0,
          lease_until: at + leaseMs,
          created_at: at,
          updated_at: at,
        })
        .execute();
      return ref;
    },

    /** The intake lives. */
    async keepReceiving(id: string): Promise<void> {
      await db
        .updateTable('mailings')
        .set({ lease_until: now() + leaseMs })
        .where('id', '=', id)
        .where('state', '=', 'receiving')
        .where('fence', '=', 0)
        .execute();
    },

    /** All contacts are on the disk: from now on the mailing is ours to bring through. */
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
      if (numUpdatedRows === 0n) throw new LoadLost(id);
      await store.notify('mailings', id);
    },

    /** Its intake has failed: one that was stored all the same, and that nobody has begun, counts as not arrived, and is swept. */
    async withdraw(id: string): Promise<void> {
      await db
        .updateTable('mailings')
        .set({ state: 'receiving', lease_until: 0 })
        .where('id', '=', id)
        .where('state', '=', 'waiting')
        .where('fence', '=', 0)
        .execute();
    },

    /** Takes away a mailing with everything of it, in chunks: nobody else should wait for it. */
    async discard(id: string, ref: number): Promise<void> {
      for (const [table, key] of ordered) {
        for (let isMore = true; isMore;) {
          const from = sql`${sql.table(table)} where mailing = ${ref}`;
          const { rows } = await sql<{
            edge: number;
          }>`select ${sql.ref(key)} as edge from ${from} order by ${sql.ref(key)} limit 1 offset ${discardRows}`.execute(
            db,
          );
          const [{ edge } = { edge: null }] = rows;
          isMore = edge !== null;
          await sql`delete from ${from} ${edge === null ? sql`` : sql`and ${sql.ref(key)} <= ${edge}`}`.execute(
            db,
          );
        }
      }
      await db.deleteFrom('mailings').where('id', '=', id).execute();
    },

    async find(tenant: Tenant, id: string): Promise<MailingRecord | undefined> {
      const row = await db
        .selectFrom('mailings')
        .selectAll()
        .where('tenant_id', '=', tenant.id)
        .where('id', '=', id)
        .where('state', '!=', 'receiving')
        .executeTakeFirst();
      return row && toRecord(tenant.cipher, row);
    },

    async list(
      tenant: Tenant,
      filter: { readonly state?: MailingState; readonly queue?: string; readonly limit: number },
    ): Promise<MailingRecord[]> {
      let query = db
        .selectFrom('mailings')
        .selectAll()
        .where('tenant_id', '=', tenant.id)
        .where('state', '!=', 'receiving')
        .orderBy('created_at', 'desc')
        .limit(filter.limit);
      if (filter.state) query = query.where('state', '=', filter.state);
      if (filter.queue !== undefined) query = query.where('queue', '=', filter.queue);
      return (await query.execute()).map((row) => toRecord(tenant.cipher, row));
    },

    /** A person's word. @returns whether the mailing was in a state for it */
    async command(tenant: Tenant, id: string, command: MailingCommand): Promise<boolean> {
      const { from, to } = mailingCommands[command];
      const { numUpdatedRows } = await db
        .updateTable('mailings')
        .set({
          state: to,
          held_until: 0,
          tries: 0,
          updated_at: now(),
          ...(command === 'retry' && { error: null }),
          ...(command === 'cancel' && { finished_at: now() }),
        })
        .where('tenant_id', '=', tenant.id)
        .where('id', '=', id)
        .where('state', 'in', [...from])
        .$if(command === 'resume' || command === 'retry', (query) =>
          query.where('replaced_at', 'is', null),
        )
        .executeTakeFirst();
      if (numUpdatedRows > 0n) await store.notify('mailings', id);
      return numUpdatedRows > 0n;
    },

    /**
     * Takes mailings that wait for work, and those whose host is gone, the oldest first.
     *
     * @param running those that this host works on
     * @param mostOfTenant of one tenant at once, with those running: the others come after its share
     */
    async claim(
      limit: number,
      running: readonly ClaimedMailing[],
      mostOfTenant: number,
    ): Promise<ClaimedMailing[]> {
      const at = now();
      const shares = new Map<string, number>();
      const takeShare = (tenantId: string) => shares.set(tenantId, (shares.get(tenantId) ?? 0) + 1);
      for (const { tenantId } of running) takeShare(tenantId);
      const hasShare = (tenantId: string) => (shares.get(tenantId) ?? 0) < mostOfTenant;
      const full = [...shares.keys()].filter((tenantId) => !hasShare(tenantId));
      let due = db
        .selectFrom('mailings')
        .select(['id', 'tenant_id', 'fence'])
        .where((row) =>
          row.or([
            row('state', 'in', ['waiting', 'loading', 'deactivating']),
            // Given up while it was sent: what was under way is still to be settled.
            row.and([row('state', '=', 'cancelled'), row('step', 'in', ['send', 'settle'])]),
          ]),
        )
        .where('held_until', '<=', at)
        .where('lease_until', '<', at)
        .orderBy('created_at')
        .limit(limit);
      if (running.length > 0)
        due = due.where(
          'id',
          'not in',
          running.map(({ id }) => id),
        );
      if (full.length > 0) due = due.where('tenant_id', 'not in', full);
      const claimed: ClaimedMailing[] = [];
      for (const row of await due.execute()) {
        if (!hasShare(row.tenant_id)) continue;
        const fence = row.fence + 1;
        const { numUpdatedRows } = await db
          .updateTable('mailings')
          .set({ fence, host_id: hostId, lease_until: at + leaseMs })
          .where('id', '=', row.id)
          .where('fence', '=', row.fence)
          .where('lease_until', '<', at)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) continue;
        takeShare(row.tenant_id);
        claimed.push({ id: row.id, tenantId: row.tenant_id, fence });
      }
      return claimed;
    },

    /** Mailings that are being dialed, and that no host has looked after since then. */
    async active(until: number): Promise<ClaimedMailing[]> {
      const rows = await db
        .selectFrom('mailings')
        .select(['id', 'tenant_id', 'fence'])
        .where('state', '=', 'active')
        .where('replaced_at', 'is', null)
        .where('held_until', '<=', until)
        .where('lease_until', '<', until)
        .execute();
      return rows.map(({ id, tenant_id, fence }) => ({ id, tenantId: tenant_id, fence }));
    },

    /** Takes an active mailing for a moment: whoever deactivates it in that moment is served behind it. The next look is due at `heldUntil`. */
    async takeActive({ id, fence }: ClaimedMailing, heldUntil: number): Promise<boolean> {
      const at = now();
      const { numUpdatedRows } = await db
        .updateTable('mailings')
        .set({ host_id: hostId, lease_until: at + leaseMs, held_until: heldUntil })
        .where('id', '=', id)
        .where('state', '=', 'active')
        .where('fence', '=', fence)
        .where('held_until', '<=', at)
        .where('lease_until', '<', at)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },

    /** The rules of a company have changed: what they hold is looked at again. */
    async lookAgain(tenantId: string): Promise<void> {
      await db
        .updateTable('mailings')
        .set({ held_until: 0 })
        .where('tenant_id', '=', tenantId)
        .where('state', '=', 'waiting')
        .where('held_until', '>', now())
        .execute();
    },

    /** @returns the state of the mailing. @throws {LoadLost} */
    async renew(key: Pick<LedgerKey, 'mailingId' | 'fence'>): Promise<MailingState> {
      const row = await mine(key)
        .set({ lease_until: now() + leaseMs })
        .returning('state')
        .executeTakeFirst();
      if (!row) throw new LoadLost(key.mailingId);
      return row.state;
    },

    /** Gives the lease back: whoever comes next need not wait for it to run out. */
    async release(key: Pick<LedgerKey, 'mailingId' | 'fence'>): Promise<void> {
      await mine(key).set({ host_id: null, lease_until: 0 }).execute();
    },

    /**
     * Writes down what the load has come to; a state only where the mailing still has the one that the writer knows.
     *
     * @returns whether it was written: a person may have paused or cancelled meanwhile
     * @throws {LoadLost}
     */
    async change(
      tenant: Tenant,
      record: MailingRecord,
      key: Pick<LedgerKey, 'mailingId' | 'fence'>,
      { error, captures, ...plain }: MailingChange,
      from?: MailingState,
    ): Promise<boolean> {
      const sealed: SealedPart = {
        parameters: record.parameters,
        captures: { ...record.captures, ...captures },
      };
      let update = mine(key).set({
        ...plain,
        updated_at: now(),
        ...(error !== undefined && { error: error === null ? null : JSON.stringify(error) }),
        ...(captures && { sealed: tenant.cipher.seal(place(record.id), JSON.stringify(sealed)) }),
      });
      if (from) update = update.where('state', '=', from);
      const { numUpdatedRows } = await update.executeTakeFirst();
      if (numUpdatedRows > 0n) return true;
      const still = await db
        .selectFrom('mailings')
        .select('id')
        .where('id', '=', key.mailingId)
        .where('fence', '=', key.fence)
        .executeTakeFirst();
      if (!still) throw new LoadLost(key.mailingId);
      return false;
    },

    async positionsOf(
      ref: number,
      contactIds: readonly string[],
    ): Promise<ReadonlyMap<string, number>> {
      const found = new Map<string, number>();
      for (let start = 0; start < contactIds.length; start += 500) {
        const rows = await db
          .selectFrom('mailing_contacts')
          .select(['contact_id', 'position'])
          .where('mailing', '=', ref)
          .where('contact_id', 'in', contactIds.slice(start, start + 500))
          .execute();
        for (const { contact_id, position } of rows) found.set(contact_id, position);
      }
      return found;
    },

    /** What followed the end of dialing is done. */
    async finish(id: string): Promise<void> {
      await db
        .updateTable('mailings')
        .set({ state: 'finished', error: null, finished_at: now(), updated_at: now() })
        .where('id', '=', id)
        .where('state', '=', 'deactivating')
        .execute();
    },

    /** On a database that only this host uses, whatever an earlier process of it held is free at once. */
    async releaseAll(): Promise<void> {
      await db
        .updateTable('mailings')
        .set({ host_id: null, lease_until: 0 })
        .where('lease_until', '>', 0)
        .execute();
    },

    /** Mailings whose intake has died. */
    async abandoned(): Promise<string[]> {
      const rows = await db
        .selectFrom('mailings')
        .select('id')
        .where('state', '=', 'receiving')
        .where('lease_until', '<', now())
        .execute();
      return rows.map(({ id }) => id);
    },

    /** Takes away a mailing whose intake has died. @returns what it was: one that is only slow may `live` still, or be `over` by now */
    async sweep(id: string): Promise<'swept' | 'lives' | 'over'> {
      const row = await db
        .updateTable('mailings')
        .set({ fence: -1 })
        .where('id', '=', id)
        .where('state', '=', 'receiving')
        .where('lease_until', '<', now())
        .returning('ref')
        .executeTakeFirst();
      if (row) {
        await this.discard(id, row.ref);
        return 'swept';
      }
      const alive = await db
        .selectFrom('mailings')
        .select('id')
        .where('id', '=', id)
        .where('state', '=', 'receiving')
        .executeTakeFirst();
      return alive ? 'lives' : 'over';
    },

    /** Ended mailings that nobody has touched since then. */
    async older(than: number): Promise<{ readonly id: string; readonly ref: number }[]> {
      return db
        .selectFrom('mailings')
        .select(['id', 'ref'])
        .where('state', 'in', ['finished', 'cancelled'])
        .where('updated_at', '<', than)
        .limit(20)
        .execute();
    },
  };
}
