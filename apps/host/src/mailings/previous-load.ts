import {
  TelephonyError,
  type Contact,
  type ErrorCode,
  type Logger,
  type PreviousLoad,
} from '@finaz-telephony/core';
import type { HeldReason } from '../rules/number-screen.ts';
import { isStoreUnavailable } from '../store/store-error.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { ContactReading } from './contact-reading.ts';
import { ledgerPages, type Ledger } from './ledger/ledger.ts';
import { toMailing, type MailingRecord, type MailingStore } from './mailing-store.ts';
import type { QueueOwners } from './queue-owners.ts';
import { openWords } from './vendor-words.ts';

export interface PreviousLoadDependencies {
  readonly mailings: MailingStore;
  readonly queues: QueueOwners;
  readonly ledger: Ledger;
  readonly logger: Logger;
}

/**
 * Clears a queue, telling the adapter which contacts the queue holds at the connection that mailings are loaded through: vendors that delete a list by its id,
 * or contact by contact, would otherwise delete nothing.
 *
 * @throws {TelephonyError} if this host could not read whom the queue holds: whatever the adapter reports, those it did not read are still there
 */
export async function clearOfPrevious<Result>(
  { mailings, queues, ledger, logger }: PreviousLoadDependencies,
  tenant: Tenant,
  { queue, connection }: { readonly queue: string; readonly connection: string },
  clear: (previous: PreviousLoad | undefined) => Promise<Result>,
): Promise<Result> {
  const id = await queues.holderAt(tenant.id, queue, connection);
  if (id === undefined) return clear(undefined);
  const place = { tenant, mailingId: id, queue, connection };
  const record = await mailings.find(tenant, id).catch((error: unknown) => {
    throw TelephonyError.isInstance(error) ? unreadable(error, place) : error;
  });
  if (!record) return clear(undefined);
  const reading = new ContactReading();
  const cleared = clear({
    mailing: toMailing(record),
    contacts: () => reading.watched(loadedContacts(ledger, tenant, record)),
  });
  await Promise.allSettled([cleared]);
  const { failure } = reading;
  if (!failure) return cleared;
  // The caller waits for the store and tries again.
  if (isStoreUnavailable(failure.cause)) throw failure.cause;
  logger.error(
    { tenant: tenant.id, mailing: record.id, err: failure.cause },
    'the contacts that a queue is to be cleared of cannot be read',
  );
  throw unreadable(failure, place);
}

/** Nobody can tell the telephone system whom to delete, so no clear succeeds again until a person declares the queue empty. */
function unreadable(
  { code, message, delivery, cause }: TelephonyError,
  place: {
    readonly tenant: Tenant;
    readonly mailingId: string;
    readonly queue: string;
    readonly connection: string;
  },
): TelephonyError {
  const path = `/v1/tenants/${encodeURIComponent(place.tenant.id)}/queues/${encodeURIComponent(place.queue)}/emptied`;
  return new TelephonyError({
    code,
    message: `The queue holds contacts of mailing ${place.mailingId} at the connection "${place.connection}", and they cannot be read: ${message}`,
    hint: `Restore the database and the master key from the same backup. If that is not possible, empty the queue at the telephone system itself, then say so with POST ${path}, and retry.`,
    delivery,
    cause,
  });
}

/** Whether the vendor has contacts of a mailing, or may have. */
export async function hasLoaded(
  ledger: Ledger,
  tenant: Tenant,
  record: MailingRecord,
): Promise<boolean> {
  const { done } = await loadedContacts(ledger, tenant, record).next();
  return !done;
}

/** The contacts that the vendor has, or may have. */
async function* loadedContacts(
  ledger: Ledger,
  { cipher }: Tenant,
  { ref, file_at, cleared_at }: MailingRecord,
): AsyncGenerator<Contact> {
  for (const state of ['sent', 'in_doubt', 'sending'] as const)
    for await (const rows of ledgerPages(ledger, cipher, ref, state, 1000))
      for (const { contact } of rows) yield contact;
  // The contacts of a file are pending until it is settled what became of it. Without a file, a pending contact may be there only if it was to be sent again since the clear.
  const changedAfter = file_at === null ? (cleared_at ?? 0) : null;
  const pages = [
    ledgerPages(ledger, cipher, ref, 'failed', 1000),
    ledgerPages(ledger, cipher, ref, 'pending', 1000, changedAfter),
  ];
  for (const page of pages)
    for await (const rows of page)
      for (const { position, contact, vendor } of rows)
        if (vendor === null || !reasonsNotThere.has(openWords(cipher, ref, position, vendor).code))
          yield contact;
}

/**
 * Reasons for which a contact has failed and is not at the vendor: asked to delete it, the vendor may answer with an error, and no clear would succeed again. A contact that
 * failed for any other reason may be there: the vendor took it and then answered with an error, or a person gave it up while it was in doubt.
 */
const reasonsNotThere: ReadonlySet<string> = new Set<ErrorCode | HeldReason>([
  'refused',
  'not_found',
  'invalid_input',
  'do_not_call',
  'already_worked',
  'attempts_per_day',
]);
