import type { Contact, PreviousLoad } from '@finaz-telephony/core';
import type { Tenant } from '../tenants/tenant.ts';
import { ledgerPages, type Ledger } from './ledger/ledger.ts';
import { toMailing, type MailingRecord, type MailingStore } from './mailing-store.ts';
import type { QueueOwners } from './queue-owners.ts';

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
  { ref, file_at }: MailingRecord,
): AsyncGenerator<Contact> {
  const states = ['sent', 'in_doubt', 'sending'] as const;
  // Until it is settled what became of a file, its contacts are pending.
  for (const state of file_at === null ? states : ([...states, 'pending'] as const)) {
    for await (const rows of ledgerPages(ledger, cipher, ref, state, 1000))
      for (const { contact } of rows) yield contact;
  }
}
