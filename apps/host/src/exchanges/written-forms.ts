import { createHash } from 'node:crypto';
import { shortestHidden } from './shortest-hidden.ts';

/** In the Base64 of a longer text, fewer characters of a value would be too unspecific: ordinary words that contain them would be hidden. */
const shortestBase64 = 6;

/**
 * Patterns (for a case-insensitive regular expression) of a value in every form in which a request, a reply or a log may contain it: plain or escaped as in
 * addresses, forms, JSON, HTML and quoted-printable, in any mixture, with and without accents. A name is also matched by its beginning and by each of its words.
 */
export function plainForms(value: string): string[] {
  const words = wordsOf(value);
  return words.length > 0
    ? [beginnings(value.normalize('NFC')), ...words.map(wordPattern)]
    : [standingAlone(value, exactForms(value))];
}

/** The same for a value that is not a name, which is only matched as a whole. */
export const exactForms = (value: string): string[] => mixtures(value.normalize('NFC'));

/** A value in hexadecimal, hashed, and in Base64, alone or within a longer text as in `Authorization: Basic`. None for a short value. */
export function encodedForms(value: string): string[] {
  if (value.length < shortestHidden) return [];
  const bytes = Buffer.from(value, 'utf8');
  return [bytes.toString('hex'), ...hashesOf(value), ...base64Forms(bytes)];
}

/** Passwords may be sent hashed. Names and numbers are not, and searching for their hashes would slow every call down. */
export const hashesOf = (value: string): string[] =>
  /^\d+$|\s/.test(value)
    ? []
    : ['md5', 'sha256'].map((name) => createHash(name).update(value, 'utf8').digest('hex'));

const mostWords = 8;
const particles: ReadonlySet<string> = new Set(['das', 'dos', 'del', 'von', 'van']);

/**
 * The words of a value that may be a name: templates and telephone systems split, truncate and reorder names. A longer text is not a name, and hiding each of
 * its words would make a log unreadable.
 */
export function wordsOf(value: string): readonly string[] {
  const words = value.normalize('NFC').match(/[\p{L}\p{N}]+/gu) ?? [];
  if (words.length < 2 || words.length > mostWords) return [];
  // A name has no backslash, and `beginnings` does not cover the many ways to escape one.
  if (!value.includes(' ') || value.includes('\\')) return [];
  return words.filter(
    (word) => word.length >= 3 && /\p{L}/u.test(word) && !particles.has(word.toLowerCase()),
  );
}

const wordPattern = (word: string) => standingAlone(word, mixtures(word));

/** What comes before the last sign of an escape, such as `%0A`, `\n` or `\u00a0`, which is no letter of a word that follows. */
const escapeBegun = String.raw`%[\da-f]|\\(?=[bfnrt])|\\u[\da-f]{3}`;

/** Restricts a short value to places where it is not part of a longer word. */
const standingAlone = (value: string, patterns: readonly string[]) =>
  value.length < shortestHidden
    ? `(?<!(?<!${escapeBegun})[^\\W_])(?:${patterns.join('|')})(?![^\\W_])`
    : patterns.join('|');

/** How deep a pattern nests groups: a depth that every engine accepts. */
const mostCut = 60;

/** A whole name, or the rest of it if it is truncated after its first word. */
function beginnings(value: string): string {
  const characters = Array.from(value, (character) => writtenCharacter(character, slash));
  const first = Array.from(value).indexOf(' ') + 1;
  const cut = characters
    .slice(first, first + mostCut)
    .toReversed()
    .reduce((rest, character) => `(?:${character}${rest})?`, '');
  return `${characters.slice(0, first).join('')}${cut}(?![^\\W_])`;
}

/** Allows for the other characters that Base64 has in addresses and in JSON. */
export function encodedPattern(form: string): string {
  return literal(form)
    .replaceAll('\\+', '(?:\\+|-|%2b)')
    .replaceAll('\\/', '(?:\\\\?\\/|_|%2f)')
    .replaceAll('=', '(?:=|%3d)');
}

const percentSign = '%(?:25){0,3}';

/** A backslash, also percent-encoded, as JSON in an address has it. */
const slash = `(?:\\\\|${percentSign}5c)`;

/** Backslashes before an escaped character: JSON within a string of JSON, up to three levels, doubles them and adds one each time. */
const escapes = `${slash}{0,7}`;
const someEscapes = `${slash}{1,7}`;

/** The beginning of a reference, also where HTML within HTML has encoded it again. */
const reference = '&(?:amp;){0,3}';

/**
 * One pattern for each number of times that the value's backslashes may have been doubled. In a single pattern for all, a row of backslashes could be matched
 * in too many ways.
 */
function mixtures(value: string): string[] {
  const characters = Array.from(value);
  const written = (backslash: string) =>
    characters.map((character) => writtenCharacter(character, backslash)).join('');
  return value.includes('\\')
    ? [8, 4, 2, 1].map((times) => written(slash.repeat(times)))
    : [written('')];
}

/** ASCII letters and digits are never encoded. Any other character may be, and accents may be dropped. */
function writtenCharacter(character: string, backslash: string): string {
  if (/^\w$/.test(character)) return character;
  const plain = character.normalize('NFD').replace(/\p{M}/gu, '');
  if (!/^[a-z]$/i.test(plain)) return `(?:${formsOf(character, backslash).join('|')})`;
  const cases = [character.toLowerCase(), character.toUpperCase()];
  // Each form once, regardless of case: if each character could match in two ways, the engine would try every combination before it fails.
  const forms = new Map(
    cases.flatMap((accented) =>
      formsOf(accented, backslash).map((form) => [form.toLowerCase(), form] as const),
    ),
  );
  return `(?:${[...forms.values()].join('|')}|${reference}${plain}\\w{3,5};|${plain}(?:[\u0300-\u036f]|%cc%[89a-f][\\da-f])?)`;
}

function formsOf(character: string, backslash: string): readonly string[] {
  const point = character.codePointAt(0) ?? 0;
  const units = character.split('').map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'));
  return [
    // `backslash` has its own.
    ...(character === '\\' ? [] : percentForms(character, point)),
    units.map((unit) => `${someEscapes}u${unit}`).join(''),
    `${reference}#0*${point};`,
    `${reference}#x0*${point.toString(16)};`,
    ...(character === '\\' ? [backslash] : (namedForms[character] ?? [literal(character)])),
  ];
}

/** Percent-encoded in UTF-8, once or repeatedly, or quoted-printable; in Latin-1, as old systems write it; and as either looks when decoded as the other. */
function percentForms(character: string, point: number): string[] {
  const percent = (byte: number) => `(?:${percentSign}|=)${byte.toString(16).padStart(2, '0')}`;
  const bytes = Buffer.from(character, 'utf8');
  const utf8 = Array.from(bytes, percent).join('');
  return point >= 0x80 && point <= 0xff
    ? [utf8, percent(point), '\ufffd', bytes.toString('latin1')]
    : [utf8];
}

/** Characters that JSON, HTML and forms write in a special way. */
const namedForms: Readonly<Record<string, readonly string[]>> = {
  ' ': [' ', '\\+', `${reference}nbsp;`],
  '"': [`${escapes}"`, `${someEscapes}${percentSign}22`, `${reference}quot;`],
  '&': [reference],
  "'": ["'", `${reference}apos;`],
  '/': [`${escapes}/`, `${someEscapes}${percentSign}2f`],
  '<': [`${reference}lt;`, '<'],
  '>': [`${reference}gt;`, '>'],
  '\n': ['\\n', `${someEscapes}n`],
  '\r': ['\\r', `${someEscapes}r`],
  '\t': ['\\t', `${someEscapes}t`],
};

/**
 * Base64 writes three bytes as four characters, so a value looks different at each of three offsets. The first and last character may contain bits of a
 * neighbouring byte; such a character is not part of the form.
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
