import { JsonTooDeep, parseLosslessJson } from './lossless-json.ts';

/** How many characters may wait for the end of a row, or of a text before the list. */
const longestRest = 1_000_000;
/** How many characters may surround the list. */
const longestAround = 64 * 1024 ** 2;

/**
 * Reads the rows of one JSON list chunk by chunk, so that a report of any length takes no more memory than one chunk. The text around the list is kept, so that
 * the answer can be judged without its rows: its totals, and whether the telephone system reports a failure.
 */
export class JsonListReader {
  readonly #path: readonly string[];
  #state: 'before' | 'within' | 'after' = 'before';
  /** The incomplete end of the input so far: it continues in the next chunk. */
  #rest = '';
  #around = '';
  #rows = 0;
  /** Objects and lists open before the list. */
  #depth = 0;
  /** How many of those lead to the list. */
  #onPath = 0;
  /** In an object on the path to the list: the name of the member whose value comes next. */
  #key: string | undefined;

  /** @param path names of the members that lead to the list; empty if the whole document is the list */
  constructor(path: readonly string[]) {
    this.#path = path;
  }

  /** Whether the list was found. */
  get hasFound(): boolean {
    return this.#state !== 'before';
  }

  /** The answer without the rows that were read of it. */
  get around(): string {
    return this.#around;
  }

  /** The rows complete by now. @throws {Error} for text that cannot be read as such */
  push(text: string): unknown[] {
    const all = this.#rest + text;
    this.#rest = '';
    const start = this.#state === 'before' ? this.#listStart(all) : 0;
    if (this.#state === 'before') return [];
    if (this.#state === 'within') return this.#readRows(all, start);
    this.#keepAround(all);
    return [];
  }

  /** @throws {Error} if the text ends within the list */
  finish(): unknown[] {
    if (this.#state === 'within') throw new Error(this.#afterRows('it ends too early'));
    this.#keepAround(this.#rest);
    this.#rest = '';
    return [];
  }

  #keepAround(text: string): void {
    if (this.#around.length + text.length > longestAround)
      throw new Error(`there are more than ${longestAround} characters beside its rows`);
    this.#around += text;
  }

  #keepRest(text: string, from: number): void {
    this.#rest = text.slice(from);
    if (this.#rest.length > longestRest)
      throw new Error(this.#afterRows(`something has no end within ${longestRest} characters`));
  }

  /** Looks for the list. @returns where its first row begins, or the end of the text if it has not begun yet */
  #listStart(text: string): number {
    for (let at = 0; at < text.length; at += 1) {
      const character = text[at];
      if (character === '"') {
        const end = endOfString(text, at);
        if (end < 0) {
          this.#keepAround(text.slice(0, at));
          this.#keepRest(text, at);
          return text.length;
        }
        // The string may be a value instead of a name. Then the comma after it resets `#key`, before that is used.
        if (this.#isOnPath) this.#key = textOf(text.slice(at, end + 1));
        at = end;
      } else if (character === ',') {
        if (this.#isOnPath) this.#key = undefined;
      } else if (character === '{' || character === '[') {
        if (character === '[' && this.#leadsOn && this.#onPath === this.#path.length) {
          this.#state = 'within';
          this.#keepAround(text.slice(0, at + 1));
          return at + 1;
        }
        this.#open(character);
      } else if (character === '}' || character === ']') this.#close();
    }
    this.#keepAround(text);
    return text.length;
  }

  /** Whether the innermost open object leads to the list. */
  get #isOnPath(): boolean {
    return this.#depth > 0 && this.#depth === this.#onPath;
  }

  /** Whether the value that comes next leads to the list, or is the list. */
  get #leadsOn(): boolean {
    return this.#depth === 0 || (this.#isOnPath && this.#key === this.#path[this.#onPath - 1]);
  }

  #open(bracket: '{' | '['): void {
    if (bracket === '{' && this.#leadsOn && this.#onPath < this.#path.length) this.#onPath += 1;
    this.#depth += 1;
    this.#key = undefined;
  }

  #close(): void {
    if (this.#isOnPath) this.#onPath -= 1;
    this.#depth -= 1;
    this.#key = undefined;
  }

  /** Parses complete rows together: that takes a fraction of the time of parsing them one by one. */
  #readRows(text: string, start: number): unknown[] {
    let depth = 0;
    let end = -1;
    for (let at = start; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code === 0x22) {
        at = endOfString(text, at);
        if (at < 0) break;
      } else if (code === 0x2c) {
        if (depth === 0) end = at;
      } else if (code === 0x5b || code === 0x7b) depth += 1;
      else if (code === 0x5d || code === 0x7d) {
        depth -= 1;
        if (depth >= 0) continue;
        this.#state = 'after';
        this.#keepAround(text.slice(at));
        return this.#parse(text.slice(start, at), true);
      }
    }
    const rows = end < 0 ? [] : this.#parse(text.slice(start, end), false);
    this.#keepRest(text, end < 0 ? start : end + 1);
    return rows;
  }

  #parse(text: string, isLast: boolean): unknown[] {
    if (isLast && this.#rows === 0 && text.trim() === '') return [];
    const rows = this.#parsed(text);
    // An empty text between two commas, or after the last one.
    if (rows.length === 0) throw new Error(this.#afterRows('it is not valid JSON'));
    this.#rows += rows.length;
    return rows;
  }

  #parsed(text: string): unknown[] {
    try {
      const rows = parseLosslessJson(`[${text}]`);
      if (Array.isArray(rows)) return rows;
    } catch (error) {
      if (error instanceof JsonTooDeep) throw error;
      // The parser's message quotes the text, which may be somebody's name.
    }
    throw new Error(this.#afterRows('it is not valid JSON'));
  }

  #afterRows(what: string): string {
    return this.#rows === 0 ? what : `${what}, after row ${this.#rows}`;
  }
}

/** The quote that closes the one at `start`; -1 if it has not arrived yet. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let escapes = 0;
    while (text.charCodeAt(at - 1 - escapes) === 0x5c) escapes += 1;
    if (escapes % 2 === 0) return at;
  }
  return -1;
}

function textOf(quoted: string): string | undefined {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return undefined;
  }
}
