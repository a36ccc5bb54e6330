import type { Captures, Mailing } from '@finaz-telephony/core';
import { openNeededRow, openRow, restoreBackup } from '../store/damaged-rows.ts';
import type { MailingTable } from '../store/schema.ts';
import type { Store } from '../store/store.ts';
import type { TenantCipher } from '../store/vault.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { LoadLost } from './ledger/ledger-writes.ts';
import { createMailingClaims, updateClaimed, type ClaimKey } from './mailing-claims.ts';
import type { MailingError } from './mailing-error.ts';
import { createdAtOf } from './mailing-ref.ts';
import { mailingCommands, type MailingCommand, type MailingState } from './mailing-state.ts';
import { openPart, sealPart, type SealedPart } from './sealed-part.ts';

/** A mailing as the host works with it. */
export interface MailingRecord
  extends Omit<MailingTable, 'sealed' | 'error' | 'area_codes'>, SealedPart {
  readonly error: MailingError | null;
  readonly areaCodes: readonly string[];
}

/** A mailing without its sealed part, as in a list of many: one that is damaged has what can be read of it. */
export interface ListedMailing extends Omit<MailingRecord, keyof SealedPart> {
  readonly unreadable?: true;
}

/** The mailing as an adapter sees it. */
export const toMailing = ({ id, queue, parameters, captures }: MailingRecord): Mailing => ({
  mailingId: id,
  queue,
  parameters,
  captures,
});

/** The contacts of one that is dialed, or has ended, are not to be sent again: people would be called again. */
const whatOf = ({ id, state }: MailingTable) => ({
  what: `The mailing ${id}`,
  hint: mailingCommands.cancel.from.some((from) => from === state)
    ? `${restoreBackup} If that is not possible, cancel the mailing, and send its contacts as a new one.`
    : restoreBackup,
});

/** Changes of a mailing by the host that loads it. */
export type MailingChange = Partial<
  Pick<
    MailingTable,
    | 'state'
    | 'step'
    | 'taken'
    | 'cleared_at'
    | 'connection'
    | 'prepared_at'
    | 'file_at'
    | 'activated_at'
    | 'finished_at'
    | 'held_until'
    | 'tries'
  >
> & { readonly error?: MailingError | null; readonly captures?: Captures };

/** The mailings of all tenants: their states, who works on them, and who has which queue. */
export type MailingStore = ReturnType<typeof createMailingStore>;

export function createMailingStore(store: Store, hostId: string, now: () => number) {
  const { db } = store;

  function toRecord(cipher: TenantCipher, row: MailingTable): MailingRecord {
    const { sealed, error, area_codes, ...plain } = row;
    const known: MailingError | null = error === null ? null : JSON.parse(error);
    const areaCodes: string[] = JSON.parse(area_codes);
    return { ...plain, ...openPart(cipher, row.id, sealed), error: known, areaCodes };
  }

  const named = (tenant: Tenant, row: MailingTable) => ({
    tenant: tenant.id,
    table: 'mailings',
    row: row.id,
  });

  function toListed(tenant: Tenant, row: MailingTable): ListedMailing {
    const record = openRow(store, named(tenant, row), () => toRecord(tenant.cipher, row));
    return record ?? { ...row, error: null, areaCodes: [], unreadable: true };
  }

  const findRow = (tenant: Tenant, id: string): Promise<MailingTable | undefined> =>
    db
      .selectFrom('mailings')
      .selectAll()
      .where('tenant_id', '=', tenant.id)
      .where('id', '=', id)
      .where('state', '!=', 'receiving')
      .executeTakeFirst();

  const claims = createMailingClaims(store, hostId, now);

  return {
    ...claims,

    /** @throws {TelephonyError} `internal` if it is damaged */
    async find(tenant: Tenant, id: string): Promise<MailingRecord | undefined> {
      const row = await findRow(tenant, id);
      return (
        row &&
        openNeededRow(store, named(tenant, row), whatOf(row), () => toRecord(tenant.cipher, row))
      );
    },

    async findListed(tenant: Tenant, id: string): Promise<ListedMailing | undefined> {
      const row = await findRow(tenant, id);
      return row && toListed(tenant, row);
    },

    /** The latest first. */
    async list(
      tenant: Tenant,
      filter: {
        readonly state?: MailingState;
        readonly queue?: string;
        /** The `ref` of the last one of the page before. */
        readonly after?: number;
        readonly limit: number;
      },
    ): Promise<ListedMailing[]> {
      let query = db
        .selectFrom('mailings')
        .selectAll()
        .where('tenant_id', '=', tenant.id)
        .where('state', '!=', 'receiving')
        .orderBy('created_at', 'desc')
        .orderBy('ref', 'desc')
        .limit(filter.limit);
      if (filter.after !== undefined)
        query = query
          .where('created_at', '<=', createdAtOf(filter.after))
          .where('ref', '<', filter.after);
      if (filter.state) query = query.where('state', '=', filter.state);
      if (filter.queue !== undefined) query = query.where('queue', '=', filter.queue);
      return (await query.execute()).map((row) => toListed(tenant, row));
    },

    /** Carries out a person's command. @returns whether the state of the mailing allowed it */
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
      if (numUpdatedRows === 0n) return false;
      // If no host works on this mailing, nobody else wakes the next one when this one leaves its queue, or will not take it.
      await claims.wakeNext(id);
      await store.notify('mailings', id);
      return true;
    },

    /**
     * Writes down what the load has come to; with `from`, only if the mailing still is in that state.
     *
     * @returns whether it was written: a person may have paused or cancelled meanwhile
     * @throws {LoadLost}
     */
    async change(
      tenant: Tenant,
      record: MailingRecord,
      key: ClaimKey,
      { error, captures, ...plain }: MailingChange,
      from?: MailingState,
    ): Promise<boolean> {
      let update = updateClaimed(db, key).set({
        ...plain,
        updated_at: now(),
        ...(error !== undefined && { error: error === null ? null : JSON.stringify(error) }),
        ...(captures && {
          sealed: sealPart(tenant.cipher, record.id, {
            parameters: record.parameters,
            captures: { ...record.captures, ...captures },
          }),
        }),
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

    /** Nothing of a load that was given up is under way any more. @throws {LoadLost} */
    async settled(key: ClaimKey): Promise<void> {
      const { numUpdatedRows } = await updateClaimed(db, key)
        .set({ step: null, file_at: null, updated_at: now() })
        .executeTakeFirst();
      if (numUpdatedRows === 0n) throw new LoadLost(key.mailingId);
    },

    /** Finishes a mailing whose dialing has ended, once all that follows it is done. */
    async finish(id: string): Promise<void> {
      await db
        .updateTable('mailings')
        .set({ state: 'finished', error: null, finished_at: now(), updated_at: now() })
        .where('id', '=', id)
        .where('state', '=', 'deactivating')
        .execute();
    },

    /**
     * Some of the mailings that nobody has touched since `than` and nobody can go on with: ended ones, those whose queue another one has taken, and those whose
     * company is gone (a version that left the mailings of a deleted company may have been here before). A mailing that a queue still holds, for instance at a
     * telephone system that the company has turned from, only if it is older than `heldThan`: nothing else knows what the next clear there has to delete.
     */
    async older(
      than: number,
      heldThan: number,
    ): Promise<{ readonly id: string; readonly ref: number }[]> {
      return db
        .selectFrom('mailings')
        .select(['id', 'ref'])
        .where((row) => {
          const isReleased = row.or([
            row('in_queue_since', 'is', null),
            row('updated_at', '<', heldThan),
          ]);
          return row.or([
            row.and([row('state', 'in', ['finished', 'cancelled']), isReleased]),
            row.and([
              row('state', 'in', ['active', 'stopped']),
              row('replaced_at', '<', than),
              isReleased,
            ]),
            row.and([
              row('state', 'in', [
                'paused',
                'stopped',
                'active',
                'deactivating',
                'finished',
                'cancelled',
              ]),
              row('tenant_id', 'not in', row.selectFrom('tenants').select('id')),
            ]),
          ]);
        })
        .where('updated_at', '<', than)
        .limit(20)
        .execute();
    },
  };
}
