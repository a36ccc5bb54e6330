import { unreadable } from '../exchanges/outcome-rules.ts';
import type { RowPage } from './page-place.ts';
import type { RepliedScope } from '../language/scope.ts';

/** Finds rows in text that arrives in chunks. @throws {Error} for text that cannot be read as such */
export interface RowReader {
  readonly push: (text: string) => readonly unknown[];
  readonly finish: () => readonly unknown[];
}

/**
 * Yields the rows of a report, one page per chunk of its text.
 *
 * @param rest what follows `text`; `undefined` if there is no more
 * @throws {TelephonyError} `unreadable_response` if the reader cannot go on
 */
export async function* rowPages(
  reader: RowReader,
  replied: RepliedScope,
  text: string,
  rest: AsyncIterable<string> | undefined,
): AsyncGenerator<RowPage> {
  const pageOf = (read: () => readonly unknown[]): RowPage => {
    try {
      return { scope: replied, rows: read() };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw unreadable(replied.reply, 'dialerResults', `The report cannot be read: ${reason}.`);
    }
  };
  yield pageOf(() => reader.push(text));
  for await (const chunk of rest ?? []) yield pageOf(() => reader.push(chunk));
  yield pageOf(() => reader.finish());
}
