/** Shorter values would hide half of every text; they are hidden where they stand alone. */
const shortest = 4;

/** What Base64 leaves of a shorter value inside a longer text would hide words that only look like it. */
const shortestBase64 = 6;

/**
 * Patterns (of a regular expression without regard to case) of one value in every form in which a request, an answer or a log may hold it:
 * as it is, as addresses, forms, JSON and HTML write it in any mixture, in hexadecimal, and in Base64, alone or in the middle of more, as in
 * `Authorization: Basic`.
 */
export function writtenForms(value: string): string[] {
  const texts = mixtures(value);
  if (value.length < shortest) return [`(?<!(?<!%[\\da-f])\\w)(?:${texts.join('|')})(?!\\w)`];
  return [...texts, ...encodedForms(value).map(encodedPattern)];
}

/** A value in hexadecimal, and in Base64 alone or in the middle of more. None for a short one. */
export function encodedForms(value: string): string[] {
  if (value.length < shortest) return [];
  const bytes = Buffer.from(value, 'utf8');
  return [bytes.toString('hex'), ...base64Forms(bytes)];
}

/** Base64 in addresses and in JSON has other signs. */
function encodedPattern(form: string): string {
  return literal(form)
    .replaceAll('\\+', '(?:\\+|-|%2b)')
    .replaceAll('\\/', '(?:\\\\?\\/|_|%2f)')
    .replaceAll('=', '(?:=|%3d)');
}

/** JSON inside a text of JSON, once more inside one: each time a backslash comes before every sign that has one. */
const escapes = '\\\\{0,7}';
const someEscapes = '\\\\{1,7}';

/** With each backslash doubled, doubled again, or with none: were all allowed in one pattern, a row of them could be read in too many ways. */
function mixtures(value: string): string[] {
  const characters = Array.from(value);
  const written = (backslash: string) =>
    characters.map((character) => writtenCharacter(character, backslash)).join('');
  return value.includes('\\')
    ? [8, 4, 2, 1].map((times) => written('\\\\'.repeat(times)))
    : [written('')];
}

/** Letters and digits stand for themselves; nobody encodes them. Everything else is encoded by somebody. */
function writtenCharacter(character: string, backslash: string): string {
  if (/^\w$/.test(character)) return character;
  const point = character.codePointAt(0) ?? 0;
  const units = character.split('').map((unit) => unit.charCodeAt(0).toString(16).padStart(4, '0'));
  const forms = [
    ...percentForms(character, point),
    units.map((unit) => `${someEscapes}u${unit}`).join(''),
    `&#0*${point};`,
    `&#x0*${point.toString(16)};`,
    ...(character === '\\' ? [backslash] : (namedForms[character] ?? [literal(character)])),
  ];
  return `(?:${forms.join('|')})`;
}

/** In UTF-8; or in Latin-1, as old systems do, of which a reader of UTF-8 sees only that something was there. */
function percentForms(character: string, point: number): string[] {
  const percent = (byte: number) => `%${byte.toString(16).padStart(2, '0')}`;
  const utf8 = Array.from(Buffer.from(character, 'utf8'), percent).join('');
  return point >= 0x80 && point <= 0xff ? [utf8, percent(point), '\ufffd'] : [utf8];
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
 * Base64 writes three bytes as four characters, so a value looks different at each of three places. Of the characters at its two ends,
 * which its neighbours share, only the whole ones are looked for.
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
