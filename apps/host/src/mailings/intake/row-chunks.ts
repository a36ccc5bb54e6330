import { pageSize } from '../ledger/contact-pages.ts';
import type { MailingRow } from './mailing-row.ts';

/** Contacts have some hundred characters; the limits of a row would let two hundred of them fill the memory of a host, and it takes many mailings in at once. */
const mostCharacters = 1_048_576;

/** Rows of one commit: their contacts are one page. */
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
