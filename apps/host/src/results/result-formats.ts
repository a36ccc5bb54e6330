import type { ShownAttempt } from './shown-attempt.ts';
import { acceptedOf } from '../http/accept.ts';
import { csvCell } from '../http/csv.ts';

/** How results are written for the CRM. */
export type ResultFormat = 'json' | 'ndjson' | 'csv';

const formats: readonly (readonly [type: string, format: ResultFormat])[] = [
  ['application/json', 'json'],
  ['application/x-ndjson', 'ndjson'],
  ['application/ndjson', 'ndjson'],
  ['text/csv', 'csv'],
];

/** The format that an `Accept` header prefers; JSON if it has no preference, `undefined` if it accepts none of the formats. */
export const acceptedFormat = (accept: string | undefined): ResultFormat | undefined =>
  acceptedOf(accept, formats);

export const contentTypes: Readonly<Record<ResultFormat, string>> = {
  json: 'application/json',
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
};

const columns = [
  'contactId',
  'areaCode',
  'number',
  'at',
  'outcome',
  'vendorStatus',
  'callId',
  'extension',
  'duration',
  'matchedBy',
] as const satisfies readonly (keyof ShownAttempt)[];

export const csvHeader = `${columns.join(';')}\r\n`;

/** The rows of a page as one text: one write is cheaper than many. */
export function writePage(format: 'ndjson' | 'csv', attempts: readonly ShownAttempt[]): string {
  let text = '';
  for (const attempt of attempts) {
    if (format === 'ndjson') text += `${JSON.stringify(attempt)}\n`;
    else text += `${columns.map((column) => csvCell(attempt[column])).join(';')}\r\n`;
  }
  return text;
}
