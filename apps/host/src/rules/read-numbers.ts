import { invalidRequest } from '../http/request-error.ts';
import { separatorIn } from '../http/csv.ts';
import { parsePhone } from '@finaz-telephony/core';
import { explainPhoneReason, isAreaCode, decodeText, parseCpf } from '@finaz-telephony/core/host';

/** A row of a list of numbers: the number as E.164, or why it is not valid. The reason never repeats the text of the row. */
export type NumberRow =
  | { readonly row: number; readonly number: string }
  | { readonly row: number; readonly reason: string };

export function readNumber(row: number, text: string, areaCode?: string): NumberRow {
  const parsed = parsePhone(text, areaCode === undefined ? {} : { areaCode });
  if (parsed.e164 !== undefined) return { row, number: parsed.e164 };
  return {
    row,
    reason: parsed.reason
      ? explainPhoneReason(parsed.reason)
      : `it is of the kind "${parsed.kind}"`,
  };
}

/**
 * The numbers of a text file, one a line: the number in the first cell, or area code and number in the first two. Cells end at `;`, `,` or a tab. A first line
 * of words is a heading, which `sep=;` may precede. A further number in a line is reported and not read, because it may mean something else.
 */
export async function* readNumberLines(body: AsyncIterable<Uint8Array>): AsyncGenerator<NumberRow> {
  let row = 0;
  let headingRow = 1;
  for await (const line of linesOf(body)) {
    row += 1;
    if (row === 1 && separatorIn(line) !== undefined) headingRow = 2;
    if (line.trim() === '' || (row <= headingRow && isHeading(line))) continue;
    const [first = '', ...others] = line
      .split(/[;,\t]/)
      .map((cell) => cell.trim().replaceAll('"', ''));
    const areaCode = first.replace(/^0(?=\d\d$)/, '');
    yield isAreaCode(areaCode)
      ? readNumber(row, others.shift() ?? '', areaCode)
      : readNumber(row, first);
    for (const cell of others) if (isWholeNumber(cell)) yield { row, reason: furtherNumber };
  }
}

const furtherNumber = 'a further number in the line was not read; write one number a line';

const isWholeNumber = (cell: string): boolean =>
  parsePhone(cell).e164 !== undefined && !parseCpf(cell).valid;

/** `DDD;Telefone`, `telefone1`: words, with fewer digits than a number has. */
const isHeading = (line: string): boolean =>
  !/\d/.test(line) || (/\p{L}/u.test(line) && line.replace(/\D/g, '').length < 8);

const longestLine = 65_536;

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let text = '';
  for await (const chunk of decodeText(body)) {
    // A carriage return at the end of a chunk may be the first half of a line end.
    const lines = (text + chunk).split(/\r\n|\n|\r(?!$)/);
    text = lines.pop() ?? '';
    yield* lines;
    // An endless line would fill the memory and block the host.
    if (text.length > longestLine) {
      throw invalidRequest([
        { path: 'body', message: `a line has more than ${longestLine} characters` },
      ]);
    }
  }
  if (text !== '') yield text;
}
