import { decodeText } from '@finaz-telephony/core/host';
import { RequestError } from '../../http/request-error.ts';
import { readCsv } from './csv-rows.ts';
import { readLines } from './line-rows.ts';
import { readList } from './list-rows.ts';
import type { MailingRow } from './mailing-row.ts';

/** Readers of a body, by media type. All of them read in flat memory, whatever the length of the mailing. */
const readers: readonly {
  readonly type: RegExp;
  readonly read: (text: AsyncIterable<string>) => AsyncGenerator<MailingRow>;
}[] = [
  { type: /^application\/(?:x-ndjson|ndjson|jsonl|json-?lines)\b/i, read: readLines },
  { type: /^application\/(?:[\w.+-]+\+)?json\b/i, read: readList },
  // Browsers send a .csv as application/vnd.ms-excel where Excel is installed.
  { type: /^(?:(?:text|application)\/csv|application\/vnd\.ms-excel)\b/i, read: readCsv },
];

/**
 * The rows of a mailing.
 *
 * @throws {RequestError} 415 for another media type; 400, while reading, where the document as a whole is broken
 */
export function mailingRows(
  body: AsyncIterable<Uint8Array>,
  contentType: string,
): AsyncGenerator<MailingRow> {
  const reader = readers.find(({ type }) => type.test(contentType));
  if (!reader) {
    throw new RequestError(
      415,
      'unsupported_media_type',
      'A mailing is sent as JSON, NDJSON or CSV.',
      {
        hint: 'Send "Content-Type: application/json", "application/x-ndjson" or "text/csv".',
      },
    );
  }
  return reader.read(decodeText(body));
}
