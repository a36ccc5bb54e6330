import type { Contact, ErrorCode, PreviousLoad } from '@finaz-telephony/core';
import type { HeldReason } from '../rules/number-screen.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { ledgerPages, type Ledger } from './ledger/ledger.ts';
import { toMailing, type MailingRecord, type MailingStore } from './mailing-store.ts';
import type { QueueOwners } from './queue-owners.ts';
import { openWords } from './vendor-words.ts';

export interface PreviousLoadDependencies {
  readonly mailings: MailingStore;
  readonly queues: QueueOwners;
  readonly ledger: Ledger;
}

/** What a queue holds, for vendors that delete a list by its id, or contact by contact: without it they would delete nothing. */
export async function previousLoad(
  { mailings, queues, ledger }: PreviousLoadDependencies,
  tenant: Tenant,
  queue: string,
): Promise<PreviousLoad | undefined> {
  const id = await queues.holderOf(tenant.id, queue);
  const record = id === undefined ? undefined : await mailings.find(tenant, id);
  if (!record) return undefined;
  return {
    mailing: toMailing(record),
    contacts: () => loadedContacts(ledger, tenant, record),
  };
}

/** Those that the vendor has, or may have. */
async function* loadedContacts(
  ledger: Ledger,
  { cipher }: Tenant,
  { ref, file_at, cleared_at }: MailingRecord,
): AsyncGenerator<Contact> {
  for (const state of ['sent', 'in_doubt', 'sending'] as const)
    for await (const rows of ledgerPages(ledger, cipher, ref, state, 1000))
      for (const { contact } of rows) yield contact;
  for await (const rows of ledgerPages(ledger, cipher, ref, 'failed', 1000))
    for (const { position, contact, vendor } of rows)
      if (vendor === null || !saysNo.has(openWords(cipher, ref, position, vendor).code))
        yield contact;
  if (file_at === null && cleared_at === null) return;
  // Until it is settled what became of a file, its contacts are pending. Else only those may be there that were to be sent again: no other one has changed since the clear.
  const changedAfter = file_at === null ? cleared_at : null;
  for await (const rows of ledgerPages(ledger, cipher, ref, 'pending', 1000, changedAfter))
    for (const { contact } of rows) yield contact;
}

/**
 * Why a contact has failed that the vendor has not: to delete it may be answered with an error, and no clear would succeed again. Any other may have been taken behind an
 * error of the vendor's own, or was in doubt and given up by a person.
 */
const saysNo: ReadonlySet<string> = new Set<ErrorCode | HeldReason>([
  'refused',
  'not_found',
  'invalid_input',
  'do_not_call',
  'already_worked',
  'attempts_per_day',
]);
