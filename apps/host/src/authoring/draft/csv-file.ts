import { parseCpf } from '@finaz-telephony/core/host';
import { parse } from 'csv-parse/sync';
import { StartError } from '../../environment.ts';
import type { DraftNotes } from './draft-notes.ts';
import { phoneAsWritten, phoneInParts, type AreaCodePlace } from './phone-expression.ts';
import { placeNames } from './place-names.ts';
import { literal, plainName } from './slot.ts';
import { isWrittenCpf, writtenPhone } from './value-forms.ts';

/** `contactLoad.file` of a document, derived from a sample of the file. */
export interface DraftedFile {
  readonly columns: readonly { readonly name?: string; readonly value: string }[];
  readonly delimiter: string;
  readonly header: boolean;
  readonly quote: 'needed' | 'always';
  readonly lineEnd: 'crlf' | 'lf';
  readonly charset: 'utf-8' | 'utf-8-bom' | 'windows-1252';
}

/** @throws {StartError} for a file without rows */
export function draftFile(content: Buffer, notes: DraftNotes): DraftedFile {
  const { text, charset } = decode(content);
  const [firstLine = ''] = text.split(/\r?\n/);
  const delimiter =
    [';', '\t', '|', ','].toSorted(
      (left, right) => firstLine.split(right).length - firstLine.split(left).length,
    )[0] ?? ';';
  const rows: string[][] = parse(text, {
    delimiter,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
  });
  const [first = [], second] = rows;
  if (first.length === 0) throw new StartError('the sample of the contact file has no rows');
  const header = second !== undefined && first.every((cell) => !/^\+?[\d().-]{4,}$/.test(cell));
  const sample = header ? rows.slice(1) : rows;
  const columns = new Columns(sample, header ? first : [], notes);
  return {
    columns: first.map((name, index) => ({
      ...(header && { name }),
      value: columns.valueOf(index),
    })),
    delimiter,
    header,
    quote: firstLine.split(delimiter).every((cell) => cell.startsWith('"')) ? 'always' : 'needed',
    lineEnd: text.includes('\r\n') ? 'crlf' : 'lf',
    charset,
  };
}

function decode(content: Buffer): { text: string; charset: DraftedFile['charset'] } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
    return text.startsWith('\ufeff')
      ? { text: text.slice(1), charset: 'utf-8-bom' }
      : { text, charset: 'utf-8' };
  } catch {
    return { text: new TextDecoder('windows-1252').decode(content), charset: 'windows-1252' };
  }
}

/** Finds what each column holds by its name or the form of its cells; each field of a contact is assigned to one column only. */
class Columns {
  readonly #rows: readonly (readonly string[])[];
  readonly #names: readonly string[];
  readonly #notes: DraftNotes;
  readonly #taken = new Set<string>();
  #phones = 0;

  constructor(rows: readonly (readonly string[])[], names: readonly string[], notes: DraftNotes) {
    this.#rows = rows;
    this.#names = names;
    this.#notes = notes;
  }

  valueOf(index: number): string {
    const cells = this.#rows.map((row) => row[index] ?? '').filter((cell) => cell !== '');
    const [cell = ''] = cells;
    const found = this.#byName(index, cell) ?? this.#byForm(index, cell);
    if (found !== undefined) return found;
    const isSame = cells.length > 0 && cells.every((other) => other === cell);
    this.#notes.warn(
      `contactLoad.file.columns.${index}: ${this.#names[index] ?? 'a column'} was not recognised, so the draft ${isSame ? `writes ${JSON.stringify(cell)} for every contact` : 'leaves it empty'}`,
    );
    return isSame ? literal(cell) : '';
  }

  #byName(index: number, cell: string): string | undefined {
    const written = this.#names[index];
    if (written === undefined) return undefined;
    const name = plainName(written);
    const said = /(\d)\D*$/.exec(written)?.[1];
    if (placeNames.areaCode.test(name)) return `{{ areaCode${said ?? this.#phones + 1} }}`;
    if (placeNames.number.test(name)) {
      const number = said === undefined ? this.#phones + 1 : Number(said);
      this.#phones = Math.max(this.#phones, number);
      return phoneCell(cell, number, this.#areaCodePlace());
    }
    if (placeNames.cpf.test(name)) return cpfCell(cell);
    if (placeNames.name.test(name)) return '{{ name }}';
    if (placeNames.queue.test(name)) return '{{ queue }}';
    return placeNames.contactId.test(name) || placeNames.plainId.test(name)
      ? this.#once('{{ contactId }}')
      : undefined;
  }

  #areaCodePlace(): AreaCodePlace {
    return this.#names.some((name) => placeNames.areaCode.test(plainName(name)))
      ? 'elsewhere'
      : 'in the number';
  }

  #byForm(index: number, cell: string): string | undefined {
    if (isWrittenCpf(cell) || parseCpf(cell).valid) return cpfCell(cell);
    if (writtenPhone(cell)) {
      this.#phones += 1;
      return phoneCell(cell, this.#phones, 'in the number');
    }
    const next = this.#rows[0]?.[index + 1] ?? '';
    const before = this.#rows[0]?.[index - 1] ?? '';
    if (/^\d\d$/.test(cell) && /^\d{8,9}$/.test(next)) return `{{ areaCode${this.#phones + 1} }}`;
    if (/^\d{8,9}$/.test(cell) && /^\d\d$/.test(before)) {
      this.#phones += 1;
      return `{{ number${this.#phones} }}`;
    }
    if (/\p{L}{2,}\s+\p{L}/u.test(cell)) return this.#once('{{ name }}');
    return /^[\w.-]*\d[\w.-]*$/.test(cell) ? this.#once('{{ contactId }}') : undefined;
  }

  #once(value: string): string | undefined {
    if (this.#taken.has(value)) return undefined;
    this.#taken.add(value);
    return value;
  }
}

const cpfCell = (cell: string): string =>
  isWrittenCpf(cell) ? '{{ cpf | digits | mask: "###.###.###-##" }}' : '{{ cpf | digits }}';

function phoneCell(cell: string, index: number, areaCode: AreaCodePlace): string {
  const phone = writtenPhone(cell);
  return `{{ ${phone ? phoneAsWritten(phone, index) : phoneInParts(index, areaCode)} }}`;
}
