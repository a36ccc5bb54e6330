import { doubledKeys, thereTwice } from '../../http/doubled-keys.ts';
import { broken, longestLine, type MailingRow } from './mailing-row.ts';

/** Reads NDJSON: one contact per line. */
export async function* readLines(text: AsyncIterable<string>): AsyncGenerator<MailingRow> {
  let rest = '';
  let line = 0;
  const read = (written: string): MailingRow | undefined => {
    line += 1;
    if (written.trim() === '') return undefined;
    return { line, ...readLine(written), size: written.length };
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

function readLine(written: string): Pick<MailingRow, 'row' | 'unreadable'> {
  const raw = written.trim();
  let row: unknown;
  try {
    row = JSON.parse(written);
  } catch {
    return { row: raw, unreadable: 'the line is no valid JSON' };
  }
  const [doubled] = doubledKeys(written, row);
  return doubled ? { row: raw, unreadable: `${doubled.join('.')} ${thereTwice}` } : { row };
}
