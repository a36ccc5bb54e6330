import { broken, longestLine, type MailingRow } from './mailing-row.ts';

/** Reads NDJSON: one contact per line. */
export async function* readLines(text: AsyncIterable<string>): AsyncGenerator<MailingRow> {
  let rest = '';
  let line = 0;
  const read = (written: string): MailingRow | undefined => {
    line += 1;
    if (written.trim() === '') return undefined;
    try {
      const row: unknown = JSON.parse(written);
      return { line, row, size: written.length };
    } catch {
      const unreadable = 'the line is no valid JSON';
      return { line, row: written.trim(), unreadable, size: written.length };
    }
  };
  for await (const chunk of text) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const written of lines) {
      const row = read(written);
      if (row) yield row;
    }
    if (rest.length > longestLine) {
      throw broken(`line ${line + 1} has more than ${longestLine} characters`);
    }
  }
  const last = read(rest);
  if (last) yield last;
}
