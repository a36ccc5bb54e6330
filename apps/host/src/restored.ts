import type { Transaction } from 'kysely';
import { lastPosition } from './mailings/ledger/last-position.ts';
import { stepBeforeSending } from './mailings/load/step-before-sending.ts';
import type { MailingError } from './mailings/mailing-error.ts';
import type { MailingState } from './mailings/mailing-state.ts';
import { rowStates } from './mailings/ledger/settled-file.ts';
import type { MailingTable, Schema } from './store/schema.ts';
import type { Store } from './store/store.ts';

/** More than came since any backup: a screen that has seen those passes over none of the new ones. */
const eventsPassedOver = 1_000_000;

/** Contacts that are changed by one statement: PostgreSQL ends one that takes long. */
const chunk = 20_000;

/** Mailings that a host goes on with by itself. */
const loadsOn: readonly MailingState[] = ['waiting', 'loading'];

/** Those that are not over. */
const toLookAt: readonly MailingState[] = [
  ...loadsOn,
  'paused',
  'stopped',
  'active',
  'deactivating',
];

/** Shown at each load until it resumes: the person who resumes it may not be the one who put the backup back. */
const putBack: MailingError = {
  code: 'restored',
  message:
    'Paused because a backup was put back: contacts that were sent after it was made are not known here, and would be called again.',
  hint: 'Check the telephone system first. Resume the mailing if none of its pending contacts has been sent since; otherwise cancel it, and send those still to be called as a new mailing.',
};

/** A mailing of a backup, as `settleRestored` leaves it. */
export type RestoredMailing = Pick<
  MailingTable,
  'id' | 'tenant_id' | 'queue' | 'state' | 'pending' | 'sending'
>;

/**
 * Makes a store that was put back fit for a host. It does not know what was sent after it was made: no load goes on before a person has looked at the telephone system,
 * and whoever may have left since stands as if its host had died with them on their way, so that none is sent again but as the connection allows it. May be done twice.
 *
 * @returns what is to be looked at
 */
export function settleRestored({ db }: Store, now: number): Promise<RestoredMailing[]> {
  return db.transaction().execute(async (transaction) => {
    await transaction
      .updateTable('event_counters')
      .set((counter) => ({ last: counter('last', '+', eventsPassedOver) }))
      .execute();
    await transaction
      .updateTable('mailings')
      .set({ state: 'paused', error: JSON.stringify(putBack), updated_at: now })
      .where('state', 'in', [...loadsOn, 'paused'])
      .execute();
    // Of those that were to be prepared, the telephone system may have a list by now that is not known here: they begin with their clear.
    await transaction
      .updateTable('mailings')
      .set({ cleared_at: null })
      .where('state', '=', 'paused')
      .where('prepared_at', 'is', null)
      .execute();
    for (const ref of await begun(transaction)) await holdPending(transaction, ref, now);
    return transaction
      .selectFrom('mailings')
      .select(['id', 'tenant_id', 'queue', 'state', 'pending', 'sending'])
      .where('state', 'in', toLookAt)
      .where('replaced_at', 'is', null)
      .orderBy('tenant_id')
      .orderBy('created_at')
      .execute();
  });
}

/**
 * Mailings of which more may have left. Those that had not begun clear their queue first, and a file that was on its way is seen to by whoever goes on with it.
 */
async function begun(transaction: Transaction<Schema>): Promise<number[]> {
  const rows = await transaction
    .selectFrom('mailings')
    .select(['ref', 'cleared_at', 'prepared_at'])
    .where('state', 'in', ['paused', 'stopped', 'active'])
    .where('replaced_at', 'is', null)
    .where('file_at', 'is', null)
    .where('pending', '>', 0)
    .execute();
  return rows.filter((row) => stepBeforeSending(row) === undefined).map(({ ref }) => ref);
}

async function holdPending(
  transaction: Transaction<Schema>,
  ref: number,
  now: number,
): Promise<void> {
  const end = await lastPosition(transaction, ref);
  let held = 0;
  for (let after = 0; after < end; after += chunk) {
    const { numUpdatedRows } = await transaction
      .updateTable('mailing_contacts')
      .set({ state: 'sending', vendor: null, updated_at: now })
      .where('mailing', '=', ref)
      .where('position', '>', after)
      .where('position', '<=', after + chunk)
      .where('state', 'in', rowStates(ref, 'pending'))
      .executeTakeFirstOrThrow();
    held += Number(numUpdatedRows);
  }
  await transaction
    .updateTable('mailings')
    .set((mailing) => ({
      step: 'send',
      pending: mailing('pending', '-', held),
      sending: mailing('sending', '+', held),
      updated_at: now,
    }))
    .where('ref', '=', ref)
    .execute();
}
