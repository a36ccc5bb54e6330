import { JSONParser } from '@streamparser/json';
import { broken, type MailingRow } from './mailing-row.ts';

const longestContact = 1_048_576;

/** A list of contacts, or `{ "contacts": [ … ] }`. */
export async function* readList(text: AsyncIterable<string>): AsyncGenerator<MailingRow> {
  const list = new ContactList();
  for await (const chunk of text) yield* list.read(chunk);
  list.end();
}

class ContactList {
  #parser: JSONParser | undefined;
  #rows: MailingRow[] = [];
  #failure: string | undefined;
  #line = 0;
  #unread = 0;

  read(chunk: string): readonly MailingRow[] {
    this.#unread += chunk.length;
    this.#parser ??= this.#begin(chunk);
    if (!this.#parser) return [];
    this.#parser.write(chunk);
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
    if (this.#parser && !this.#parser.isEnded)
      throw broken(`it ends too early, after contact ${this.#line}`);
  }

  #begin(chunk: string): JSONParser | undefined {
    const first = /\S/.exec(chunk)?.[0];
    if (first === undefined) return undefined;
    if (first !== '[' && first !== '{') throw broken('it begins with neither "[" nor "{"');
    const depth = first === '[' ? 1 : 2;
    const parser = new JSONParser({
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
      this.#line += 1;
      // The first contact of a chunk gets the size of the whole chunk: only the sum counts.
      this.#rows.push({ line: this.#line, row: value, size: this.#unread });
      this.#unread = 0;
    };
    // The parser's own message may quote the body, which holds personal data.
    parser.onError = () => {
      this.#failure ??= `it is not valid JSON, after contact ${this.#line}`;
    };
    return parser;
  }
}
