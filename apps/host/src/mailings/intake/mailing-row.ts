import { invalidRequest, type RequestError } from '../../http/request-error.ts';

/** One row of a mailing as it came, not checked yet. */
export interface MailingRow {
  /** Where it stands: the line of a file, or the place in a list, counted from 1. */
  readonly line: number;
  readonly row: unknown;
  /** Why it cannot even be read, where it cannot: `row` is what stands there. */
  readonly unreadable?: string;
  /** Of how many characters it was read. */
  readonly size: number;
}

/** Of a body that is read line by line, in characters. */
export const longestLine = 65_536;

/** The document as a whole cannot be read. */
export function broken(what: string): RequestError {
  return invalidRequest(
    [{ path: 'body', message: what }],
    'The mailing cannot be read; nothing of it was taken.',
  );
}
