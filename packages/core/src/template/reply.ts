import { TelephonyError } from '../errors/telephony-error.ts';
import { JsonTooDeep, parseLosslessJson } from './lossless-json.ts';

/** A vendor's answer, read as text; as JSON when first asked for. */
export class Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  #json: unknown;
  #parsed: 'not yet' | 'json' | 'no json' = 'not yet';

  constructor(status: number, headers: Headers, text: string) {
    this.status = status;
    this.headers = headers;
    this.text = text;
  }

  /** The content decides, not the content type: vendors send JSON as text/html. `undefined` where it is none. */
  json(): unknown {
    if (this.#parsed === 'not yet') {
      try {
        this.#json = parseLosslessJson(this.text);
        this.#parsed = 'json';
      } catch (error) {
        if (error instanceof JsonTooDeep) {
          throw new TelephonyError({
            code: 'response_too_large',
            message: `The telephone system's answer cannot be read: ${error.message}.`,
            vendor: { status: this.status, excerpt: excerptOf(this.text) },
            cause: error,
          });
        }
        this.#parsed = 'no json';
      }
    }
    return this.#json;
  }

  get isJson(): boolean {
    this.json();
    return this.#parsed === 'json';
  }
}

export function excerptOf(text: string): string {
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}
