import { parse } from 'csv-parse/sync';
import type { DelimitedSettings } from './read-settings.ts';

/** A row of delimited text: by column name, or as a list if there are no names. */
export type DelimitedRow = Readonly<Record<string, string>> | readonly string[];

const lineEnds = ['\r\n', '\n', '\r'];

/** The most that stays in memory while a row does not end. */
const longestRow = 1_000_000;

/** Reads delimited text chunk by chunk, so that a report of any length takes no more memory than one chunk. */
export class DelimitedReader {
  readonly #settings: DelimitedSettings;
  #columns: readonly string[] | undefined;
  #rest = '';
  #isFirst = true;

  constructor(settings: DelimitedSettings) {
    this.#settings = settings;
    this.#columns = Array.isArray(settings.header) ? settings.header : undefined;
  }

  /** The rows complete by now. @throws {Error} for text that cannot be read as such */
  push(text: string): DelimitedRow[] {
    const all = this.#rest + text;
    const end = this.#endOfWholeRecords(all);
    this.#rest = all.slice(end);
    if (this.#rest.length > longestRow) {
      throw new Error(
        `a row has no end within ${longestRow} characters: perhaps a quote is never closed; "quote": "" reads quotes as any other sign`,
      );
    }
    return end === 0 ? [] : this.#rows(all.slice(0, end));
  }

  finish(): DelimitedRow[] {
    const last = this.#rest;
    this.#rest = '';
    return last === '' ? [] : this.#rows(last);
  }

  /** After the last record separator outside quotes. */
  #endOfWholeRecords(text: string): number {
    // The rest of "\r\n" may come with the next chunk.
    const whole = text.endsWith('\r') ? text.length - 1 : text.length;
    let end = 0;
    let outside = 0;
    while (outside < text.length) {
      const opening = this.#openingQuote(text, outside);
      const last = this.#afterLastSeparator(text.slice(outside, Math.min(opening, whole)));
      if (last > 0) end = outside + last;
      if (opening === text.length) break;
      outside = this.#afterClosingQuote(text, opening);
    }
    return end;
  }

  /** `0` where there is none. */
  #afterLastSeparator(text: string): number {
    const { record } = this.#settings;
    if (record !== undefined) {
      const last = text.lastIndexOf(record);
      return last < 0 ? 0 : last + record.length;
    }
    return Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1;
  }

  #isAfterSeparator(text: string, at: number): boolean {
    const { record } = this.#settings;
    return record === undefined ? /[\r\n]/.test(text.charAt(at - 1)) : text.endsWith(record, at);
  }

  /** A quote opens only at the beginning of a cell: `21" monitor` is a cell that contains a quote. */
  #openingQuote(text: string, from: number): number {
    const { quote, delimiter } = this.#settings;
    if (quote === '') return text.length;
    for (let at = text.indexOf(quote, from); at >= 0; at = text.indexOf(quote, at + 1)) {
      let before = at;
      while (before > 0 && /[ \ufeff]/.test(text.charAt(before - 1))) before -= 1;
      if (
        before === 0 ||
        text.endsWith(delimiter, before) ||
        this.#isAfterSeparator(text, before)
      ) {
        return at;
      }
    }
    return text.length;
  }

  /** A quote inside quotes is written twice. */
  #afterClosingQuote(text: string, opening: number): number {
    const { quote } = this.#settings;
    for (let at = text.indexOf(quote, opening + 1); at >= 0; at = text.indexOf(quote, at + 1)) {
      at += quote.length;
      if (!text.startsWith(quote, at)) return at;
    }
    return text.length;
  }

  #rows(text: string): DelimitedRow[] {
    const { header } = this.#settings;
    const records = this.#records(text);
    this.#isFirst = false;
    if (header === false) return records.map(trimmed);
    this.#columns ??= trimmed(records.shift() ?? []);
    const columns = this.#columns;
    return records.map((cells) => named(columns, cells));
  }

  #records(text: string): string[][] {
    const { delimiter, quote, record } = this.#settings;
    if (quote === '' || !text.includes(quote)) {
      // Without quotes there is nothing to parse, and splitting takes a fifth of the time.
      const plain = this.#isFirst ? text.replace(/^\ufeff/, '') : text;
      return plain
        .split(record ?? /\r\n|\n|\r/)
        .filter((line) => line.includes(delimiter) || line.trim() !== '')
        .map((line) => line.split(delimiter));
    }
    return parse(text, {
      delimiter,
      quote: quote === '' ? null : quote,
      escape: quote === '' ? null : quote,
      bom: this.#isFirst,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      // Not at both ends: that would fail the whole report for one `"Nena" da Silva`.
      ltrim: true,
      // All of them: by default the parser uses the end of the first line, and a header ending in "\r\n" above rows ending in "\n" would swallow the rows.
      record_delimiter: record ?? lineEnds,
    });
  }
}

const trimmed = (cells: readonly string[]): string[] => cells.map((cell) => cell.trim());

/** Rows of one shape, like objects of one class: objects made by `Object.create(null)` have no shared shape, take five times the memory, and are slower to read. */
class NamedRow {
  [column: string]: string;
}
// A column may have any name, including `__proto__`.
Object.setPrototypeOf(NamedRow.prototype, null);

function named(columns: readonly string[], cells: readonly string[]): NamedRow {
  const row = new NamedRow();
  for (let index = 0; index < columns.length; index += 1) {
    const column = columns[index];
    if (column !== undefined) row[column] = cells[index]?.trim() ?? '';
  }
  return row;
}

export function readDelimited(text: string, settings: DelimitedSettings): DelimitedRow[] {
  const reader = new DelimitedReader(settings);
  const rows = reader.push(text);
  return [...rows, ...reader.finish()];
}
