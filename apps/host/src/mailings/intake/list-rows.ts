import { TokenParser, Tokenizer, TokenType } from '@streamparser/json';
import { keyCount, thereTwice } from '../../http/doubled-keys.ts';
import { mostLevels } from '../../http/json-body.ts';
import { broken, type MailingRow } from './mailing-row.ts';

const longestContact = 1_048_576;

/** A list of contacts, or `{ "contacts": [ … ] }`. */
export async function* readList(text: AsyncIterable<string>): AsyncGenerator<MailingRow> {
  const list = new ContactList();
  for await (const chunk of text) yield* list.read(chunk);
  list.end();
}

class ContactList {
  #tokenizer: Tokenizer | undefined;
  #rows: MailingRow[] = [];
  #failure: string | undefined;
  #line = 0;
  #unread = 0;
  /** Keys that the contact has had so far, each as often as it is there. */
  #writtenKeys = 0;
  #isTooDeep = false;

  read(chunk: string): readonly MailingRow[] {
    this.#unread += chunk.length;
    this.#tokenizer ??= this.#begin(chunk);
    if (!this.#tokenizer) return [];
    this.#tokenizer.write(chunk);
    if (this.#failure !== undefined) throw broken(this.#failure);
    // A contact without an end would fill the memory.
    if (this.#unread > longestContact) {
      throw broken(
        `contact ${this.#line} is followed by more than ${longestContact} characters without another one`,
      );
    }
    return this.#rows.splice(0);
  }

  end(): void {
    if (this.#tokenizer && !this.#tokenizer.isEnded)
      throw broken(`it ends too early, after contact ${this.#line}`);
  }

  #begin(chunk: string): Tokenizer | undefined {
    const first = /\S/.exec(chunk)?.[0];
    if (first === undefined) return undefined;
    if (first !== '[' && first !== '{') throw broken('it begins with neither "[" nor "{"');
    const depth = first === '[' ? 1 : 2;
    const tokenizer = new Tokenizer();
    const parser = new TokenParser({
      paths: first === '[' ? ['$.*'] : ['$.*', '$.contacts.*'],
      keepStack: false,
    });
    parser.onValue = ({ value, key, parent, stack }) => {
      if (stack.length < depth) {
        if (key !== 'contacts') this.#failure ??= `it has "${key}" beside "contacts"`;
        else if (!Array.isArray(value)) this.#failure ??= 'its "contacts" is no list';
        return;
      }
      // The parser keeps the whole list, to emit it at its end: emptied here, it does not fill the memory.
      if (depth === 2 && Array.isArray(parent)) parent.length = 0;
      this.#add(value);
    };
    const deepest = depth + mostLevels;
    let level = 0;
    tokenizer.onToken = (token) => {
      const wasDeeper = level > deepest;
      if (token.token === TokenType.LEFT_BRACE || token.token === TokenType.LEFT_BRACKET)
        level += 1;
      else if (token.token === TokenType.RIGHT_BRACE || token.token === TokenType.RIGHT_BRACKET)
        level -= 1;
      else if (token.token === TokenType.COLON && level > depth) this.#writtenKeys += 1;
      const isDeeper = level > deepest;
      if (!wasDeeper && !isDeeper) parser.write(token);
      // The parser needs hundreds of bytes for each level: a megabyte of brackets would take half a gigabyte, and everybody's time.
      if (!wasDeeper && isDeeper) {
        this.#isTooDeep = true;
        parser.write({ ...token, token: TokenType.NULL, value: null });
      }
    };
    // The parser's own message may quote the body, which holds personal data.
    tokenizer.onError = () => {
      this.#failure ??= `it is not valid JSON, after contact ${this.#line}`;
    };
    parser.onError = (error) => tokenizer.error(error);
    parser.onEnd = () => tokenizer.end();
    return tokenizer;
  }

  #add(row: unknown): void {
    this.#line += 1;
    const unreadable = this.#unreadable(row);
    this.#rows.push({
      line: this.#line,
      row,
      ...(unreadable !== undefined && { unreadable }),
      // The first contact of a chunk gets the size of the whole chunk: only the sum counts.
      size: this.#unread,
    });
    this.#unread = 0;
    this.#writtenKeys = 0;
    this.#isTooDeep = false;
  }

  #unreadable(row: unknown): string | undefined {
    if (this.#isTooDeep) return `it is nested deeper than ${mostLevels} levels`;
    return this.#writtenKeys === keyCount(row) ? undefined : `one of its keys ${thereTwice}`;
  }
}
