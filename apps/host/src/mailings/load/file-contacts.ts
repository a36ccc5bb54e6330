import type { AdapterContext, Contact } from '@finaz-telephony/core';
import { personalValues } from '../../exchanges/personal-values.ts';
import { LoadLost } from '../ledger/ledger-writes.ts';
import type { LoadWork } from './load-work.ts';
import { screenedPages } from './screen-pending.ts';

/** Some 2 ms of work, after which others have their turn. */
const page = 1000;
/** A telephone system that refuses a file quotes its first lines: the personal values of so many contacts are concealed. */
const mostQuoted = 50;

/**
 * The contacts of a file, read while it is being sent. Throws once the lease has run out: a host that was frozen in the middle of a file must not complete it
 * beside the file of another host.
 */
export async function* pendingPages(
  work: LoadWork,
  { conceal }: AdapterContext,
): AsyncGenerator<readonly Contact[]> {
  const { record, lease } = work;
  let count = 0;
  for await (const rows of screenedPages(work, page)) {
    if (!lease.isHeld()) throw new LoadLost(record.id);
    const contacts = rows.map(({ contact }) => contact);
    for (const contact of contacts.slice(0, Math.max(0, mostQuoted - count)))
      for (const value of personalValues(contact)) conceal?.(value);
    count += contacts.length;
    yield contacts;
  }
  // The host may have been frozen while it looked for more: returning here would complete the file.
  if (!lease.isHeld()) throw new LoadLost(record.id);
}
