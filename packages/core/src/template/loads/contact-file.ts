import type { RejectedContact } from '../../features/contact-load.ts';
import { pagesOf } from '../../features/paged.ts';
import type { Contact } from '../../values/contact.ts';
import { encodeText } from '../exchanges/charset.ts';
import type { DocumentPlace } from '../language/document-place.ts';
import { itemWriter } from './item-values.ts';
import { reportBraces } from '../exchanges/request-body.ts';
import { reasonOfRefusal } from '../language/refused-row.ts';
import type { Scope } from '../language/scope.ts';
import type { FileSettings } from './contact-load-settings.ts';
import type { TextTemplate } from '../language/text-template.ts';

interface Column {
  readonly name: string;
  readonly value: string;
}

/** The manual's words for what a line of the file may hold. */
const manualColumns: readonly (readonly [word: RegExp, value: (index: string) => string])[] = [
  [/^(?:ID|IDCRM|IDENTIFICADOR|PID|CONTACTID)$/i, () => '{{ contactId }}'],
  [/^(?:NOME|NAME|CLIENTE)$/i, () => '{{ name }}'],
  [/^CPF$/i, () => '{{ cpf }}'],
  [/^(?:FILA|QUEUE)$/i, () => '{{ queue }}'],
  [/^DDD?([1-5])?$/i, (index) => `{{ areaCode${index} }}`],
  [/^(?:TELEFONE|NUMERO|NUMBER|FONE)([1-5])?$/i, (index) => `{{ number${index} }}`],
];

/** `DDD1Telefone1` is two words joined. `DD2Telefone2`, as the manual prints it once, means the same. */
const word = /DDD?[1-5]?(?=TELEFONE|NUMERO|NUMBER|FONE|$)|[A-Z]+[1-5]?/gi;

/**
 * A line as the manual writes it, `ID;CPF;DDD1Telefone1;DDD2Telefone2;DDD3Telefone3`: fields and joined fields in any order, with the delimiter between them.
 *
 * @returns the columns and the delimiter, or the word that is not known
 */
function readLineFormat(
  line: string,
):
  | { readonly columns: readonly Column[]; readonly delimiter: string }
  | { readonly unknown: string } {
  const plain = line.trim().replace(/^["“]|["”]$/g, '');
  const delimiter = /[;,|\t]/.exec(plain)?.[0] ?? ';';
  const columns: Column[] = [];
  for (const name of plain.split(delimiter).map((part) => part.trim())) {
    const words = name.match(word) ?? [];
    const values = words.map(
      (written) =>
        manualColumns
          .map(([pattern, value]) => {
            const match = pattern.exec(written);
            return match ? value(match[1] ?? '') : undefined;
          })
          .find((value) => value !== undefined) ?? undefined,
    );
    if (words.join('') !== name || values.includes(undefined)) return { unknown: name };
    columns.push({ name, value: values.join('') });
  }
  return { columns, delimiter };
}

export type OnRefused = (line: RejectedContact) => void;

export interface ContactFile {
  readonly name: TextTemplate;
  readonly head: string;
  /** How a contact becomes one line of the file, or several. A line that cannot be written is left out, and told. */
  readonly writer: (scope: Scope, onRefused: OnRefused) => (contact: Contact) => string;
  readonly encode: (text: string, isStart: boolean) => Uint8Array<ArrayBuffer>;
  /** Other parts of the form. */
  readonly fields: readonly (readonly [name: string, value: TextTemplate])[];
  readonly settings: FileSettings;
}

/** Reports names with braces, which are sent exactly as written, and fields that would not be sent at all. */
function reportNames(
  { field, fields, header }: FileSettings,
  columns: readonly Column[],
  place: DocumentPlace,
): void {
  if (field !== undefined) reportBraces(field, place.at('field'));
  else if (Object.keys(fields).length > 0)
    place
      .at('fields')
      .report('are sent beside the part that is the file; "field", its name, is missing');
  for (const name of Object.keys(fields)) reportBraces(name, place.at('fields', name));
  if (!header) return;
  for (const [index, { name }] of columns.entries())
    reportBraces(name, place.at('columns', index, 'name'));
}

export function compileContactFile(
  settings: FileSettings,
  place: DocumentPlace,
  linePlace: DocumentPlace,
): ContactFile {
  let { delimiter = ';' } = settings;
  let columns: readonly Column[] = settings.columns ?? [];
  if (settings.line !== undefined) {
    const read = readLineFormat(settings.line);
    if ('unknown' in read) {
      place
        .at('line')
        .report(
          `has the unknown word ${JSON.stringify(read.unknown)}; known: ID, Nome, CPF, Fila, DDD1 … DDD5, Telefone1 … Telefone5, joined or apart`,
        );
    } else {
      columns = read.columns;
      delimiter = settings.delimiter ?? read.delimiter;
    }
  }
  reportNames(settings, columns, place);
  const lineEnd = settings.lineEnd === 'crlf' ? '\r\n' : '\n';
  const cell = cellWriter(settings.quote, delimiter);
  const templates = columns.map(({ value }, index) =>
    linePlace.at(settings.line === undefined ? 'columns' : 'line', index, 'value').text(value),
  );
  const setItem = itemWriter(templates.flatMap(({ reads }) => [...reads]));
  const linesOf = ({ phones }: Contact) => (settings.per === 'phone' ? phones.length : 1);
  return {
    name: place.at('name').text(settings.name),
    head: settings.header ? columns.map(({ name }) => cell(name)).join(delimiter) + lineEnd : '',
    settings,
    fields: Object.entries(settings.fields).map(
      ([name, value]) => [name, place.at('fields', name).text(value)] as const,
    ),
    encode: (text, isStart) => encodeText(text, settings.charset, isStart),
    writer(scope, onRefused) {
      const values = { ...scope.values };
      const itemScope = { ...scope, values };
      const ofMailing = scope.values['parameters'];
      const lineOf = () => {
        let line = '';
        for (let index = 0; index < templates.length; index += 1) {
          if (index > 0) line += delimiter;
          line += cell(templates[index]?.render(itemScope) ?? '');
        }
        return line + lineEnd;
      };
      return (contact) => {
        let lines = '';
        for (let line = 0; line < linesOf(contact); line += 1) {
          setItem(values, contact, line, ofMailing);
          try {
            lines += lineOf();
          } catch (error) {
            const { contactId } = contact;
            onRefused({ contactId, vendor: {}, reason: reasonOfRefusal(error) });
          }
        }
        return lines;
      };
    },
  };
}

/** A value never leaves its cell: if quotes are not allowed, what would break the line becomes a space. */
function cellWriter(quote: FileSettings['quote'], delimiter: string): (text: string) => string {
  if (quote === 'always') return inQuotes;
  // The end of a cell and the first character after it may form a delimiter, too: `a|` before `||`.
  const isParted = (text: string) => (text + delimiter).indexOf(delimiter) < text.length;
  if (quote === 'never') {
    return (text) => {
      if (!isParted(text) && !/[\r\n]/.test(text)) return text;
      const plain = text.replaceAll(delimiter, ' ').replace(/[\r\n]+/g, ' ');
      return isParted(plain) ? plain.replaceAll(delimiter.charAt(0), ' ') : plain;
    };
  }
  return (text) => (isParted(text) || /["\r\n]/.test(text) ? inQuotes(text) : text);
}

const inQuotes = (text: string) => `"${text.replaceAll('"', '""')}"`;

const linesAtOnce = 1000;

/**
 * The file, generated while it is sent: lines joined into chunks, whatever the number of contacts. There is no file, not even its head, if it has contacts and no
 * line of them can be written.
 */
export async function* fileContent(
  file: ContactFile,
  contacts: AsyncIterable<Contact>,
  scope: Scope,
  onRefused: OnRefused,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let refused = 0;
  const linesOf = file.writer(scope, (line) => {
    refused += 1;
    onRefused(line);
  });
  let text = '';
  let count = 0;
  let isStart = true;
  const chunk = () => {
    const bytes = file.encode(isStart ? file.head + text : text, isStart);
    isStart = false;
    text = '';
    return bytes;
  };
  for await (const page of pagesOf(contacts)) {
    for (const contact of page) {
      text += linesOf(contact);
      count += 1;
      if (count % linesAtOnce === 0 && text !== '') yield chunk();
    }
  }
  if (text !== '' || (isStart && refused === 0)) yield chunk();
}
