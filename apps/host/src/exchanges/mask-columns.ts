import { fieldKind } from './field-names.ts';
import { mask } from './stand-in.ts';

const delimiters = ['\t', ';', ',', '|'] as const;

/** Number of lines at the beginning of a text in which a heading is looked for. */
const headingWithin = 5;

interface Heading {
  readonly delimiter: string;
  readonly hidden: ReadonlySet<number>;
  /** Position where the rows begin. */
  readonly end: number;
}

/** Hides whole columns of a table in plain text, by the names in its heading; any other text stays as it is. */
export function maskColumns(text: string): string {
  const heading = findHeading(text);
  if (!heading) return text;
  let masked = text.slice(0, heading.end);
  let index = 0;
  for (let at = heading.end; at < text.length;) {
    const end = endOfCell(text, at, heading.delimiter);
    const isMasked = heading.hidden.has(index) && end > at;
    masked += isMasked ? mask : text.slice(at, end);
    masked += text.slice(end, end + 1);
    index = text[end] === heading.delimiter ? index + 1 : 0;
    at = end + 1;
  }
  return masked;
}

function findHeading(text: string): Heading | undefined {
  let start = 0;
  for (let line = 0; line < headingWithin && start < text.length; line += 1) {
    const newline = text.indexOf('\n', start);
    if (newline === -1) return undefined;
    const names = text.slice(start, newline);
    for (const delimiter of delimiters) {
      const cells = names.split(delimiter);
      if (cells.length < 2) continue;
      const hidden = cells.flatMap((cell, index) => (fieldKind(nameIn(cell)) ? index : []));
      if (hidden.length > 0) return { delimiter, hidden: new Set(hidden), end: newline + 1 };
    }
    start = newline + 1;
  }
  return undefined;
}

const nameIn = (cell: string) =>
  cell
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim();

/** Position where a cell ends; a quoted cell may contain delimiters and line ends. */
function endOfCell(text: string, start: number, delimiter: string): number {
  let at = start;
  if (text[at] === '"') {
    at += 1;
    while (at < text.length && (text[at] !== '"' || text[at + 1] === '"'))
      at += text[at] === '"' ? 2 : 1;
  }
  while (at < text.length && text[at] !== delimiter && text[at] !== '\n') at += 1;
  return at;
}
