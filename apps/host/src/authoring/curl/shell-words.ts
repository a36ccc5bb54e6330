import { isUtf8 } from 'node:buffer';
import { StartError } from '../../environment.ts';

/** The shell that a command was written for. */
export type Shell = 'posix' | 'cmd' | 'powershell';

/**
 * Splits a command into the words that its shell would pass to curl. Nothing is run: a shell variable becomes `{{NAME}}`, the notation of other tools.
 *
 * @throws {StartError} for a quote that is not closed, and for what only a shell can know: `$(command)`
 */
export function shellWords(command: string): readonly string[] {
  const text = withoutPrompt(command.replaceAll('\r\n', '\n').replaceAll('\r', '\n'));
  switch (shellOf(text)) {
    case 'cmd':
      return argumentsOf(withoutCarets(text));
    case 'powershell':
      return powershellWords(text);
    case 'posix':
      return posixWords(text);
  }
}

function shellOf(text: string): Shell {
  if (/\^\n|\^"/.test(text)) return 'cmd';
  if (/`\n/.test(text)) return 'powershell';
  return /^curl\.exe\b/i.test(text) ? 'powershell' : 'posix';
}

/** A command copied from a terminal may begin with the prompt. */
function withoutPrompt(text: string): string {
  return text.trim().replace(/^(?:\$|>|#|PS [^>\n]*>|[A-Za-z]:\\[^>\n]*>)\s*(?=curl\b)/i, '');
}

const simpleEscapes: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  a: '\u0007',
  b: '\b',
  e: '\u001b',
  f: '\f',
  v: '\v',
};

/** Collects words; a pair of quotes with nothing in it is an empty word. */
class Words {
  readonly all: string[] = [];
  #word: string | undefined;

  add(text: string): void {
    this.#word = (this.#word ?? '') + text;
  }

  end(): void {
    if (this.#word !== undefined) this.all.push(this.#word);
    this.#word = undefined;
  }

  get isBetween(): boolean {
    return this.#word === undefined;
  }
}

function posixWords(text: string): readonly string[] {
  const words = new Words();
  let at = 0;
  while (at < text.length) {
    const character = text[at] ?? '';
    if (character === '\n' && words.all.length > 0) {
      words.end();
      const rest = text.slice(at).trim();
      if (rest !== '' && !/^\s*-/.test(rest)) throw severalCommands(rest);
      at += 1;
    } else if (/\s/.test(character)) {
      words.end();
      at += 1;
    } else if (character === '#' && words.isBetween) {
      at = endOf(text, '\n', at);
    } else if (character === '\\') {
      if (text[at + 1] !== '\n') words.add(text[at + 1] ?? '');
      at += 2;
    } else if (character === "'") {
      const end = closing(text, "'", at + 1);
      words.add(text.slice(at + 1, end));
      at = end + 1;
    } else if (character === '"' || (character === '$' && text[at + 1] === '"')) {
      at = doubleQuoted(text, character === '"' ? at + 1 : at + 2, words);
    } else if (character === '$' && text[at + 1] === "'") {
      at = ansiQuoted(text, at + 2, words);
    } else if (character === '$' || character === '`') {
      at = expansion(text, at, words);
    } else if (/[|;&<>]/.test(character)) {
      words.end();
      // The rest only processes curl's output: `| jq .`, `> file`.
      if (character === '&' || character === ';') throw severalCommands(text.slice(at));
      return words.all;
    } else {
      words.add(character);
      at += 1;
    }
  }
  words.end();
  return words.all;
}

function severalCommands(rest: string): StartError {
  return new StartError(
    `the text has something after the curl command, beginning with ${JSON.stringify(rest.slice(0, 30))}; import one command at a time, and put an address with "&" in quotes`,
  );
}

function doubleQuoted(text: string, start: number, words: Words): number {
  words.add('');
  let at = start;
  for (;;) {
    const character = text[at];
    if (character === undefined) throw unclosed('"');
    if (character === '"') return at + 1;
    if (character === '\\' && /["\\$`\n]/.test(text[at + 1] ?? '')) {
      if (text[at + 1] !== '\n') words.add(text[at + 1] ?? '');
      at += 2;
    } else if (character === '$' || character === '`') at = expansion(text, at, words);
    else {
      words.add(character);
      at += 1;
    }
  }
}

function ansiQuoted(text: string, start: number, words: Words): number {
  words.add('');
  const escape =
    /\\(?:x([0-9A-Fa-f]{1,2})|u([0-9A-Fa-f]{1,4})|U([0-9A-Fa-f]{1,8})|([0-7]{1,3})|([\s\S]))/y;
  const bytes: number[] = [];
  const flush = () => {
    const written = Buffer.from(bytes.splice(0));
    if (!isUtf8(written))
      throw new StartError(
        "the command has bytes that are no UTF-8 between $' and ', such as \\xE7; write the character itself",
      );
    if (written.length > 0) words.add(written.toString('utf8'));
  };
  let at = start;
  for (;;) {
    const character = text[at];
    if (character === undefined) throw unclosed("$'");
    escape.lastIndex = at;
    const found = character === '\\' ? escape.exec(text) : null;
    if (!found) {
      flush();
      if (character === "'") return at + 1;
      words.add(character);
      at += 1;
      continue;
    }
    const [whole, hex, short, long, octal, simple = ''] = found;
    const code = Number.parseInt(short ?? long ?? '', 16);
    // Bytes are collected, because several of them may form one character: "\xC3\xA3" is "ã".
    if (hex !== undefined) bytes.push(Number.parseInt(hex, 16));
    else if (octal !== undefined) bytes.push(Number.parseInt(octal, 8) & 0xff);
    else {
      flush();
      if (Number.isNaN(code)) words.add(simpleEscapes[simple] ?? simple);
      else words.add(code > 0x10_ffff ? whole : String.fromCodePoint(code));
    }
    at += whole.length;
  }
}

/** `$NAME` and `${NAME}` become `{{NAME}}`: only the author's shell knew their values. */
function expansion(text: string, at: number, words: Words): number {
  const found = /^\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/.exec(text.slice(at, at + 200));
  const name = found?.[1] ?? found?.[2];
  if (found && name !== undefined) {
    words.add(`{{${name}}}`);
    return at + found[0].length;
  }
  if (text[at] === '`' || text[at + 1] === '(' || text[at + 1] === '{')
    throw new StartError(
      `the command has ${JSON.stringify(text.slice(at, at + 20))}, which only a shell can work out; write what it gives in its place`,
    );
  words.add('$');
  return at + 1;
}

/** In cmd.exe, "^" escapes the next character, but not between quotes. */
function withoutCarets(text: string): string {
  let result = '';
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character === '^' && !isQuoted) {
      at += 1;
      // "^" at the end of a line removes the line end and escapes the first character of the next line.
      if (text[at] === '\n') at += 1;
      result += text[at] ?? '';
      continue;
    }
    if (character === '"') isQuoted = !isQuoted;
    result += character;
  }
  return result;
}

/** Splits a command line as programs on Windows do: a backslash is an escape only before a quote. */
function argumentsOf(line: string): readonly string[] {
  const words = new Words();
  let isQuoted = false;
  const parts = /(\\*)"|\s|\\+|[^\\"\s]+/g;
  for (const [part, slashes] of line.matchAll(parts)) {
    if (slashes !== undefined) {
      words.add('\\'.repeat(Math.floor(slashes.length / 2)));
      if (slashes.length % 2 === 1) words.add('"');
      else isQuoted = !isQuoted;
    } else if (/^\s$/.test(part) && !isQuoted) words.end();
    else words.add(part);
  }
  if (isQuoted) throw unclosed('"');
  words.end();
  return words.all;
}

function powershellWords(text: string): readonly string[] {
  const words = new Words();
  const parts = /'((?:[^']|'')*)'|"((?:[^"`]|`[\s\S]|"")*)"|`\n|`([\s\S])|(\s)|(['"])|([^\s'"`]+)/g;
  for (const [, single, double, escaped, blank, open, plain] of text.matchAll(parts)) {
    if (open !== undefined) throw unclosed(open);
    if (single !== undefined) words.add(handedOn(single.replaceAll("''", "'")));
    else if (double !== undefined) words.add(handedOn(inDoubleQuotes(double)));
    else if (escaped !== undefined) words.add(simpleEscapes[escaped] ?? escaped);
    else if (plain !== undefined) words.add(plain);
    else if (blank !== undefined) words.end();
  }
  words.end();
  return words.all;
}

function inDoubleQuotes(text: string): string {
  return text.replace(
    /`([\s\S])|""|\$(?:env:)?([A-Za-z_]\w*)|\$\{(?:env:)?([A-Za-z_]\w*)\}/gi,
    (written, escaped: string | undefined, name?: string, braced?: string) => {
      if (escaped !== undefined) return simpleEscapes[escaped] ?? escaped;
      return written === '""' ? '"' : `{{${name ?? braced ?? ''}}}`;
    },
  );
}

/** Windows PowerShell passes a quote to a program only if a backslash precedes it, so people write `\"`. */
const handedOn = (text: string): string => text.replaceAll(String.raw`\"`, '"');

function closing(text: string, quote: string, from: number): number {
  const end = text.indexOf(quote, from);
  if (end < 0) throw unclosed(quote);
  return end;
}

function endOf(text: string, end: string, from: number): number {
  const at = text.indexOf(end, from);
  return at < 0 ? text.length : at;
}

function unclosed(quote: string): StartError {
  return new StartError(`a ${quote} of the command is not closed; copy the whole command`);
}
