import { CsvError, parse } from 'csv-parse';
import { separatorIn } from '../../http/csv.ts';
import { runThrough } from '../../http/run-through.ts';
import { isLostKey } from '../../lost-keys.ts';
import { columnOf, meaningOf, rowOf, type Column } from './column-names.ts';
import { broken, longestLine, type MailingRow } from './mailing-row.ts';

interface CsvRecord {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

/** Reads a CSV file: a header line with the names of the columns, then one contact per row. */
export async function* readCsv(text: AsyncIterable<string>): AsyncGenerator<MailingRow> {
  const chunks = withPlainEnds(text);
  let head = '';
  while (!hasWholeLine(head)) {
    if (head.length > longestLine)
      throw broken(`its first line has more than ${longestLine} characters`);
    const { done, value } = await chunks.next();
    if (done) break;
    head += value;
  }
  const header = /\S[^\r\n]*/.exec(head)?.[0] ?? '';
  const separator = separatorIn(header);
  const parser = parse({
    delimiter: separator ?? delimiterOf(header),
    // The line ending of the header line: cells further down may contain another one.
    record_delimiter: /\S[^\r\n]*(\r|\n)/.exec(head)?.[1] ?? '\n',
    bom: true,
    trim: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: false,
    info: true,
    max_record_size: longestLine,
  });
  let columns: ReturnType<typeof columnOf>[] | undefined;
  let isBeforeHeader = separator !== undefined;
  try {
    for await (const { record, info } of runThrough<CsvRecord>(joined(head, chunks), parser)) {
      if (isBeforeHeader) isBeforeHeader = false;
      else if (columns) yield rowIn(columns, record, info.lines);
      else columns = checkedColumns(record);
    }
  } catch (error) {
    // The message and the properties of the error quote the cell, which may hold personal data.
    if (!(error instanceof CsvError)) throw error;
    const line: unknown = error['lines'];
    throw broken(
      `line ${typeof line === 'number' ? line : '?'} cannot be read as CSV: ${error.code === 'CSV_MAX_RECORD_SIZE' ? 'it is too long' : 'a quote is not closed, or stands where none may; a cell with quotes is written "Ana ""Nina"" Souza"'}`,
    );
  }
}

/** Whether the header line is complete. Blank lines may precede it, and a chunk may end in the middle of its CR LF. */
function hasWholeLine(head: string): boolean {
  const start = head.search(/\S/);
  return start >= 0 && /\n|\r[^]/.test(head.slice(start));
}

/** If a separator occurs in an unquoted cell, such as `10,50`, each cell after it would be shifted by one. */
function rowIn(
  columns: ReturnType<typeof checkedColumns>,
  record: readonly string[],
  line: number,
): MailingRow {
  const size = record.reduce((sum, cell) => sum + cell.length, 0);
  if (record.slice(columns.length).every((cell) => cell === ''))
    return { line, row: rowOf(columns, record), size };
  const unreadable =
    'the row has more cells than the first line has names: put those with a separator in quotes';
  return { line, row: record, unreadable, size };
}

/** CR LF becomes LF, in cells too: otherwise it counts as two lines, and a header line put before the file may end differently from the rest. */
async function* withPlainEnds(text: AsyncIterable<string>): AsyncGenerator<string> {
  let held = '';
  for await (const chunk of text) {
    const all = held + chunk;
    held = all.endsWith('\r') ? '\r' : '';
    yield all.slice(0, all.length - held.length).replaceAll('\r\n', '\n');
  }
  yield held;
}

/** The beginning, which was read already, and the rest. */
async function* joined(head: string, rest: AsyncIterator<string>): AsyncGenerator<string> {
  yield head;
  yield* { [Symbol.asyncIterator]: () => rest };
}

/** The delimiter that occurs most often in the header, outside quotes. */
function delimiterOf(header: string): string {
  const plain = header.replace(/"[^"]*"/g, '');
  const count = (sign: string) => plain.split(sign).length;
  return [';', ',', '\t', '|'].toSorted((left, right) => count(right) - count(left))[0] ?? ';';
}

function checkedColumns(header: readonly string[]): ReturnType<typeof columnOf>[] {
  const columns = header.map(columnOf);
  const has = (kind: string) => columns.some((column) => column?.kind === kind);
  const missing = [
    ...(has('contactId') ? [] : ['the contact id (ID, contactId)']),
    ...(has('number') ? [] : ['a number (telefone1, numero1, number1)']),
  ];
  if (missing.length > 0)
    throw broken(`its first line must name the columns; it lacks ${missing.join(' and ')}`);
  refuseTwins(columns);
  const lost = columns.findIndex(
    (column) => column?.kind === 'parameter' && isLostKey(column.name),
  );
  if (lost >= 0)
    throw broken(`column ${lost + 1} of its first line has a name that no value can have`);
  return columns;
}

/** Of two columns with one meaning, a cell would be lost in each row. */
function refuseTwins(columns: readonly (Column | undefined)[]): void {
  const places = new Map<string, number>();
  for (const [index, column] of columns.entries()) {
    if (!column) continue;
    const meaning = meaningOf(column);
    const earlier = places.get(meaning);
    if (earlier !== undefined) {
      throw broken(
        `columns ${earlier} and ${index + 1} of its first line both hold ${meaning}; name them apart (Telefone1, Telefone2), or leave one out`,
      );
    }
    places.set(meaning, index + 1);
  }
}
