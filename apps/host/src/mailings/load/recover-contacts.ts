import { TelephonyError, type ContactLoad } from '@finaz-telephony/core';
import { leaveAlone } from './leave-alone.ts';
import type { LedgerContact } from '../ledger/contact-pages.ts';
import { ledgerPages } from '../ledger/ledger.ts';
import type { LedgerMove } from '../ledger/ledger-writes.ts';
import type { Lease } from './lease.ts';
import type { LoadDependencies, LoadWork } from './load-work.ts';
import type { ListedMailing } from '../mailing-store.ts';

const page = 500;

/**
 * Settles contacts that the vendor may or may not have, by the policy of the connection: a vendor that keeps one entry per contact gets them again; a vendor
 * that can be asked is asked; otherwise they are in doubt, and a person settles them.
 *
 * @returns how many are pending again
 * @param from `sending`: a host died with them under way; `in_doubt`: their answers were lost
 * @param absent the new state of contacts that the vendor says it does not have
 */
export async function recoverContacts(
  work: LoadWork,
  from: 'sending' | 'in_doubt',
  absent: 'pending' | 'in_doubt' = 'pending',
): Promise<number> {
  const { dependencies, tenant, record, load, key } = work;
  const { ledger, clock } = dependencies;
  if (from === 'in_doubt' && !load.run.find) return 0;
  let again = 0;
  for await (const rows of ledgerPages(ledger, tenant.cipher, record.ref, from, page)) {
    const there = await ask(work, rows);
    const moves = rows.map(({ position: at, contact }): LedgerMove => {
      const move = { position: at, from, vendor: null };
      if (there) return { ...move, to: there.has(contact.contactId) ? 'sent' : absent };
      const to = keepsOneEntry(load.run) ? 'pending' : 'in_doubt';
      return { ...move, to, vendor: work.sealWords(at, unwritten) };
    });
    again += moves.filter(({ to }) => to === 'pending').length;
    // A contact that stays in doubt keeps the words that say why.
    const changes = moves.filter(({ to }) => to !== from);
    if (changes.length > 0) work.lease.saw(await ledger.move(key, changes, clock()));
  }
  return again;
}

/** Words about a contact that may be there. */
const unwritten = {
  code: 'in_doubt',
  message:
    'The outcome for the contact was not recorded, for instance because its host died first.',
} as const;

/** A file may be sent again only after a clear: without one, it would be added to contacts sent by request before the company switched to files. */
const keepsOneEntry = ({ repeatable, unit }: ContactLoad): boolean =>
  repeatable && unit !== 'mailing';

/** The ids of the contacts that the vendor has; `undefined` if it cannot be asked, or does not answer now. */
async function ask(
  work: LoadWork,
  rows: readonly LedgerContact[],
): Promise<ReadonlySet<string> | undefined> {
  const { load, mailing } = work;
  const { find } = load.run;
  if (!find || keepsOneEntry(load.run)) return undefined;
  await leaveAlone(
    work,
    rows.reduce((latest, { changedAt }) => Math.max(latest, changedAt), 0),
  );
  const contacts = rows.map(({ contact }) => contact);
  try {
    return await work.exchange(load, contacts, (context) => find(mailing, contacts, context));
  } catch (error) {
    if (!TelephonyError.isInstance(error)) throw error;
    work.logger.warn(
      { tenant: work.tenant.id, mailing: work.record.id, reason: error.message },
      'the telephone system could not be asked for contacts in doubt',
    );
    return undefined;
  }
}

/** Whether the load was broken off while contacts or a file were on their way. */
export const isUnderWay = ({ step }: Pick<ListedMailing, 'step'>): boolean =>
  step === 'send' || step === 'settle';

/** Settles a load that a person gave up and whose host has died: what was under way is not sent again, and a person has to see whether it arrived. */
export async function settleGivenUp(
  { ledger, mailings, clock }: Pick<LoadDependencies, 'ledger' | 'mailings' | 'clock'>,
  record: ListedMailing,
  lease: Lease,
): Promise<void> {
  const key = { ...lease.key, ref: record.ref };
  const isFile = record.file_at !== null;
  const from = isFile ? 'pending' : 'sending';
  // A file whose answer was written down has arrived.
  const to = isFile && record.step === 'settle' ? 'sent' : 'in_doubt';
  if (to === 'sent') await ledger.settle(key, clock);
  else if (record[from] > 0) await ledger.moveAll(key, { from, to }, clock);
  await mailings.settled(lease.key);
}
