import { createHash } from 'node:crypto';
import { shortestHidden } from './shortest-hidden.ts';

/** Too little of a shorter value is left in the Base64 of a longer text: words that only look like it would be hidden. */
const shortestBase64 = 6;

/**
 * Patterns (of a regular expression without regard to case) of one value in every form in which a request, an answer or a log may hold it unencoded:
 * as it is, as addresses, forms, JSON and HTML write it in any mixture, with accents and without. Of a name its beginning and each of its words, too.
 */
export function plainForms(value: string): string[] {
  const words = wordsOf(value);
  return words.length > 0
    ? [beginnings(value.normalize('NFC')), ...words.map(wordPattern)]
    : [standingAlone(value, exactForms(value))];
}

/** The same of a value that is no name: whole alone. */
export const exactForms = (value: string): string[] => mixtures(value.normalize('NFC'));

/** A value in hexadecimal, hashed, and in Base64 alone or in the middle of more, as in `Authorization: Basic`. None for a short one. */
export function encodedForms(value: string): string[] {
  if (value.length < shortestHidden) return [];
  const bytes = Buffer.from(value, 'utf8');
  return [bytes.toString('hex'), ...hashesOf(value), ...base64Forms(bytes)];
}

/** Passwords may be sent hashed; names and numbers are not, and each call would pay for the search. */
export const hashesOf = (value: string): string[] =>
  /^\d+$|\s/.test(value)
    ? []
    : ['md5', 'sha256'].map((name) => createHash(name).update(value, 'utf8').digest('hex'));

const mostWords = 8;
const particles: ReadonlySet<string> = new Set(['das', 'dos', 'del', 'von', 'van']);

/**
 * The words of what may be a name: telephone systems have it in parts, cut off, and the other way round, and templates send it so. A longer text is no name,
 * and without its words nothing could be read in a log.
 */
export function wordsOf(value: string): readonly string[] {
  const words = value.normalize('NFC').match(/[\p{L}\p{N}]+/gu) ?? [];
  if (words.length < 2 || words.length > mostWords) return [];
  // No name has a backslash, which is written in more ways than the beginnings of a name allow for.
  if (!value.includes(' ') || value.includes('\\')) return [];
  return words.filter(
    (word) => word.length >= 3 && /\p{L}/u.test(word) && !particles.has(word.toLowerCase()),
  );
}

const wordPattern = (word: string) => standingAlone(word, mixtures(word));

/** A short value, where it is no part of a longer word. */
const standingAlone = (value: string, patterns: readonly string[]) =>
  value.length < shortestHidden
    ? `(?<!(?<!%[\\da-f])[^\\W_])(?:${patterns.join('|')})(?![^\\W_])`
    : patterns.join('|');

/** How deep parentheses may be nested in a pattern: every engine takes so many. */
const mostCut = 60;

/** A whole name, or the rest of it if it is truncated after its first word. */
function beginnings(value: string): string {
  const characters = Array.from(value, (character) => writtenCharacter(character, '\\\\'));
  const first = Array.from(value).indexOf(' ') + 1;
  const cut = characters
    .slice(first, first + mostCut)
    .toReversed()
    .reduce((rest, character) => `(?:${character}${rest})?`, '');
  return `${characters.slice(0, first).join('')}${cut}(?![^\\W_])`;
}

/** Base64 in addresses and in JSON has other signs. */
export function encodedPattern(form: string): string {
  return literal(form)
    .replaceAll('\\+', '(?:\\+|-|%2b)')
    .replaceAll('\\/', '(?:\\\\?\\/|_|%2f)')
    .replaceAll('=', '(?:=|%3d)');
}

/** JSON inside a text of JSON, once more inside one: each time a backslash comes before every sign that has one. */
const escapes = '\\\\{0,7}';
const someEscapes = '\\\\{1,7}';

/**
 * A pattern for each number of times that backslashes may have been doubled. In one pattern for all of them a row of backslashes could be read in too
 * many ways.
 */
function mixtures(value: string): string[] {
  const characters = Array.from(value);
  const written = (backslash: string) =>
    characters.map((character) => writtenCharacter(character, backslash)).join('');
  return value.includes('\\')
    ? [8, 4, 2, 1].map((times) => written('\\\\'.repeat(times)))
    : [written('')];
}

/** Letters and digits are never encoded. Everything else is encoded by somebody, and accents are left out. */
function writtenCharacter(character: string, backslash: string): string {
  if (/^\w$/.test(character)) return character;
  const plain = character.normalize('NFD').replace(/\p{M}/gu, '');
  if (!/^[a-z]$/i.test(plain)) return `(?:${formsOf(character, backslash).join('|')})`;
  const cases = [character.toLowerCase(), character.toUpperCase()];
  // Each once, for case does not count: of a row of characters that can be read in two ways each, every combination would be tried where the end is another.
  const forms = new Map(
    cases.flatMap((accented) =>
      formsOf(accented, backslash).map((form) => [form.toLowerCase(), form] as const),
    ),
  );
  return `(?:${[...forms.values()].join('|')}|&${plain}\\w{3,5};|${plain}(?:[\u0300-\u036f]|%cc%[89a-f][\\da-f])?)`;
}

function formsOf(character: string, backslash: string): readonly string[] {
  const point = character.codePointAt(0) ?? 0;
  const units = character.split('').map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'));
  return [
    ...percentForms(character, point),
    units.map((unit) => `${someEscapes}u${unit}`).join(''),
    `&#0*${point};`,
    `&#x0*${point.toString(16)};`,
    ...(character === '\\' ? [backslash] : (namedForms[character] ?? [literal(character)])),
  ];
}

/** In UTF-8, encoded once or more often; in Latin-1, as old systems write it; and as either looks where it is read as the other. */
function percentForms(character: string, point: number): string[] {
  const percent = (byte: number) => `%(?:25){0,3}${byte.toString(16).padStart(2, '0')}`;
  const bytes = Buffer.from(character, 'utf8');
  const utf8 = Array.from(bytes, percent).join('');
  return point >= 0x80 && point <= 0xff
    ? [utf8, percent(point), '\ufffd', bytes.toString('latin1')]
    : [utf8];
}

/** As JSON and HTML write them. */
const namedForms: Readonly<Record<string, readonly string[]>> = {
  ' ': [' ', '\\+', '&nbsp;'],
  '"': [`${escapes}"`, '&quot;'],
  '&': ['&amp;', '&'],
  "'": ["'", '&apos;'],
  '/': [`${escapes}/`],
  '<': ['&lt;', '<'],
  '>': ['&gt;', '>'],
  '\n': ['\\n', `${someEscapes}n`],
  '\r': ['\\r', `${someEscapes}r`],
  '\t': ['\\t', `${someEscapes}t`],
};

/**
 * Base64 writes three bytes as four characters, so a value looks different at each of three places. A character at either end may hold bits of a
 * neighbour as well; such a character is not looked for.
 */
function base64Forms(bytes: Buffer): string[] {
  const alone = bytes.toString('base64');
  const inside = [0, 1, 2]
    .map((before) =>
      (before === 0 ? bytes : Buffer.concat([Buffer.alloc(before), bytes]))
        .toString('base64')
        .slice(Math.ceil((before * 4) / 3), Math.floor(((before + bytes.length) * 4) / 3)),
    )
    .filter((form) => form.length >= shortestBase64);
  return [...new Set([alone, alone.replace(/=+$/, ''), ...inside])];
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
