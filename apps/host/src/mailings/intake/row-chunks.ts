import { pageSize } from '../ledger/contact-pages.ts';
import type { MailingRow } from './mailing-row.ts';

/** Contacts have some hundred characters, but the limits allow far more: chunks of 200 such rows, in many intakes at once, would fill the memory of a host. */
const mostCharacters = 1_048_576;

/** Groups rows into chunks: the contacts of a chunk form one page, stored in one commit. */
export async function* rowChunks(
  rows: AsyncIterable<MailingRow>,
): AsyncGenerator<readonly MailingRow[]> {
  let chunk: MailingRow[] = [];
  let characters = 0;
  for await (const row of rows) {
    chunk.push(row);
    characters += row.size;
    if (chunk.length < pageSize && characters < mostCharacters) continue;
    yield chunk;
    chunk = [];
    characters = 0;
  }
  yield chunk;
}
