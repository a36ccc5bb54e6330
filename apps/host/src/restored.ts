import type { Transaction } from 'kysely';
import { lastPosition } from './mailings/ledger/last-position.ts';
import { stepBeforeSending } from './mailings/load/step-before-sending.ts';
import type { MailingError } from './mailings/mailing-error.ts';
import type { MailingState } from './mailings/mailing-state.ts';
import { rowStates } from './mailings/ledger/settled-file.ts';
import type { MailingTable, Schema } from './store/schema.ts';
import type { Store } from './store/store.ts';

/** More events than can have come since any backup, so that a screen that has seen those does not skip new ones with the same numbers. */
const eventsPassedOver = 1_000_000;

/** Contacts that one statement changes, because PostgreSQL cancels a statement that takes long. */
const chunk = 20_000;

/** Mailings that a host goes on with by itself. */
const loadsOn: readonly MailingState[] = ['waiting', 'loading'];

/** Mailings that are not over, for the report. */
const toLookAt: readonly MailingState[] = [
  ...loadsOn,
  'paused',
  'stopped',
  'active',
  'deactivating',
];

/** Shown at each load until it is resumed, because the person who resumes it may not be the one who restored the backup. */
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
 * Prepares a restored store for a host. The backup does not know what was sent after it was made. So loads are paused until a person has checked the telephone
 * system, and contacts that may have been sent since are treated as if a host had died while sending them: they are sent again only if the connection allows
 * it. May be run twice.
 *
 * @returns the mailings that a person has to check
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
    // The telephone system may have a list by now that this store does not know, so mailings that were not prepared begin with their clear again.
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
 * Mailings of which further contacts may have been sent after the backup. Those that had not begun to send clear their queue first, and the host that goes on
 * with a load by file takes care of a file that was on its way.
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
