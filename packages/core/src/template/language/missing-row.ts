import { TelephonyError } from '../../errors/telephony-error.ts';

/** Represents a row that the document does not have. */
export class MissingRow {
  readonly #table: string;
  readonly #word: string;

  constructor(table: string, word: string) {
    this.#table = table;
    this.#word = word;
  }

  error(column: string): TelephonyError {
    return new TelephonyError({
      code: 'invalid_input',
      message: `The connection has no entry for this ${this.#word}, and needs its "${column}".`,
      hint: `Add it to ${this.#table} in the settings of the connection.`,
      cause: this,
    });
  }
}
