import { parse } from 'csv-parse/sync';
import type { DelimitedSettings } from './read-settings.ts';

/** A row of delimited text: by the names of its columns, or as a list where there are none. */
export type DelimitedRow = Readonly<Record<string, string>> | readonly string[];

/** Reads delimited text piece by piece, so that a report of any length takes no more memory than one piece. */
export class DelimitedReader {
  readonly #settings: DelimitedSettings;
  #columns: readonly string[] | undefined;
  #rest = '';
  #isFirst = true;

  constructor(settings: DelimitedSettings) {
    this.#settings = settings;
    this.#columns = Array.isArray(settings.header) ? settings.header : undefined;
  }

  /** The rows that are whole by now. @throws {Error} for text that cannot be read as such */
  push(text: string): DelimitedRow[] {
    const all = this.#rest + text;
    const end = this.#endOfWholeRecords(all);
    this.#rest = all.slice(end);
    return end === 0 ? [] : this.#rows(all.slice(0, end));
  }

  finish(): DelimitedRow[] {
    const last = this.#rest;
    this.#rest = '';
    return last === '' ? [] : this.#rows(last);
  }

  /** Behind the last record separator that stands outside of quotes. */
  #endOfWholeRecords(text: string): number {
    const { quote, record } = this.#settings;
    const separator = record ?? '\n';
    let end = text.lastIndexOf(separator);
    if (quote === '') return end < 0 ? 0 : end + separator.length;
    // A quote inside of quotes is written twice, so that an even number of them stands before what is outside.
    let quotes = 0;
    for (let at = text.indexOf(quote); at >= 0; at = text.indexOf(quote, at + 1)) quotes += 1;
    while (end >= 0) {
      let behind = 0;
      for (let at = text.indexOf(quote, end); at >= 0; at = text.indexOf(quote, at + 1))
        behind += 1;
      if ((quotes - behind) % 2 === 0) return end + separator.length;
      end = text.lastIndexOf(separator, end - 1);
    }
    return 0;
  }

  #rows(text: string): DelimitedRow[] {
    const { delimiter, quote, record, header } = this.#settings;
    const records: string[][] = parse(text, {
      delimiter,
      quote: quote === '' ? null : quote,
      escape: quote === '' ? null : quote,
      bom: this.#isFirst,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      trim: true,
      ...(record !== undefined && { record_delimiter: record }),
    });
    this.#isFirst = false;
    if (header === false) return records;
    this.#columns ??= records.shift() ?? [];
    const columns = this.#columns;
    return records.map((cells) => named(columns, cells));
  }
}

/** Without a prototype: a column may have any name. */
function named(columns: readonly string[], cells: readonly string[]): Record<string, string> {
  const row: Record<string, string> = Object.create(null);
  for (let index = 0; index < columns.length; index += 1) {
    const column = columns[index];
    if (column !== undefined) row[column] = cells[index] ?? '';
  }
  return row;
}

export function readDelimited(text: string, settings: DelimitedSettings): DelimitedRow[] {
  const reader = new DelimitedReader(settings);
  const rows = reader.push(text);
  return [...rows, ...reader.finish()];
}
