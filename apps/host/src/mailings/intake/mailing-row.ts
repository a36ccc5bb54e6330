import { invalidRequest, type RequestError } from '../../http/request-error.ts';

/** One row of a mailing as it came, not checked yet. */
export interface MailingRow {
  /** Line of the file, or place in the list, counted from 1. */
  readonly line: number;
  readonly row: unknown;
  /** Why the row cannot even be parsed, if so; `row` is then its raw text, or its cells. */
  readonly unreadable?: string;
  /** Number of characters that the row was read from. */
  readonly size: number;
}

/** In characters, for bodies that are read line by line. */
export const longestLine = 65_536;

/** The document as a whole cannot be read. */
export function broken(what: string): RequestError {
  return invalidRequest(
    [{ path: 'body', message: what }],
    'The mailing cannot be read; nothing of it was taken.',
  );
}
