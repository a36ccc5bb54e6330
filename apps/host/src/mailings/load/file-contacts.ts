import { paged, TelephonyError, type AdapterContext, type Contact } from '@finaz-telephony/core';
import { personalValues } from '../../exchanges/personal-values.ts';
import { LoadLost } from '../ledger/ledger-writes.ts';
import type { LoadWork } from './load-work.ts';
import { screenedPages } from './screen-pending.ts';

/** Some 2 ms of work, after which others have their turn. */
const page = 1000;
/** A telephone system that refuses a file quotes its first lines. */
const mostQuoted = 50;

/** The contacts of a file, read while it leaves. Knows a failure of this host to read them, for which the telephone system must not answer. */
export class FileContacts {
  readonly #work: LoadWork;
  #failure: TelephonyError | undefined;

  constructor(work: LoadWork) {
    this.#work = work;
  }

  /** The first one. Its cause is what has failed. */
  get failure(): TelephonyError | undefined {
    return this.#failure;
  }

  in(context: AdapterContext): AsyncIterable<Contact> {
    return paged(() => this.#pages(context));
  }

  async *#pages(context: AdapterContext): AsyncGenerator<readonly Contact[]> {
    try {
      yield* pendingPages(this.#work, context);
    } catch (error) {
      const failure = asFailure(error);
      this.#failure ??= failure;
      throw failure;
    }
  }
}

/** Stops where the lease has run out: a host that was frozen in the middle of a file must not complete it beside the file of another host. */
async function* pendingPages(
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
  // Nor where it was frozen while it looked for more: to end here is to complete the file.
  if (!lease.isHeld()) throw new LoadLost(record.id);
}

/** What has left by then is not known: a file is also read before and after it is sent. */
function asFailure(error: unknown): TelephonyError {
  const { code, message, hint } = TelephonyError.isInstance(error) ? error : unnamed;
  return new TelephonyError({ code, message, hint, delivery: 'unknown', cause: error });
}

const unnamed = {
  code: 'internal',
  message: 'This host failed while it read them.',
  hint: 'The log of the host has the reason.',
} as const;
