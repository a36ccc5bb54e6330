import { TelephonyError } from '../../errors/telephony-error.ts';
import { JsonTooDeep, parseLosslessJson } from './lossless-json.ts';
import type { ReadText } from './reply-reader.ts';

/** A vendor's answer, read as text; as JSON when first asked for. */
export class Reply {
  readonly status: number;
  readonly text: string;
  readonly #answer: Pick<Response, 'status' | 'headers'>;
  #json: unknown;
  #parsed: 'not yet' | 'json' | 'no json' | JsonTooDeep = 'not yet';

  readonly #read: ReadText | undefined;
  #value: { readonly read: unknown } | undefined;

  /** `read`: as the document says; JSON by default. */
  constructor(answer: Pick<Response, 'status' | 'headers'>, text: string, read?: ReadText) {
    this.#answer = answer;
    this.status = answer.status;
    this.text = text;
    this.#read = read;
  }

  /** Computed when they are read, which is rare. */
  get headers(): Headers {
    return this.#answer.headers;
  }

  /** The parsed answer. `undefined` if it is not in the format that the document expects. */
  value(): unknown {
    if (!this.#read) return this.json();
    try {
      this.#value ??= { read: this.#read(this.text) };
    } catch (error) {
      if (error instanceof JsonTooDeep) throw this.#tooDeep(error);
      throw error;
    }
    return this.#value.read;
  }

  /**
   * The content decides, not the content type: vendors send JSON as text/html. `undefined` if it is not JSON.
   *
   * @throws {TelephonyError} `response_too_large` for JSON that is nested too deep
   */
  json(): unknown {
    this.#parse();
    if (!(this.#parsed instanceof JsonTooDeep)) return this.#json;
    throw this.#tooDeep(this.#parsed);
  }

  #tooDeep(cause: JsonTooDeep): TelephonyError {
    return new TelephonyError({
      code: 'response_too_large',
      message: `The telephone system's answer cannot be read: ${cause.message}.`,
      vendor: { status: this.status, excerpt: excerptOf(this.text) },
      cause,
    });
  }

  get isJson(): boolean {
    this.#parse();
    return this.#parsed === 'json';
  }

  #parse(): void {
    if (this.#parsed !== 'not yet') return;
    try {
      this.#json = parseLosslessJson(this.text);
      this.#parsed = 'json';
    } catch (error) {
      this.#parsed = error instanceof JsonTooDeep ? error : 'no json';
    }
  }
}

export function excerptOf(text: string): string {
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
