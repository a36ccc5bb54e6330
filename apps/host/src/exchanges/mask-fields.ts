import { fieldKind } from './field-names.ts';
import { maskColumns } from './mask-columns.ts';
import { mask } from './stand-in.ts';

/** One way to write a field. Patterns are bounded and each value is looked at once, so masking is linear on any input. */
interface Notation {
  /** A text without this string has no such field; most headers have none. */
  readonly sign: string;
  /** Matches up to the value; its group is the name. */
  readonly field: RegExp;
  /** Matches the value, right after `field`. If it does not match, the value is a structure, and the fields in it are looked at one by one. */
  readonly secret: RegExp;
  readonly personal: RegExp;
  /** Replaces the value. */
  readonly hidden: string;
}

const list = String.raw`\[[^[\]{}]*\]?`;
const object = String.raw`\{[^{}]*\}?`;
const json = String.raw`"(?:[^"\\]|\\.)*"?|[^,{}[\]\s"]+`;
const quoted = `"[^"<>]*"?|'[^'<>]*'?`;

const notation = (
  sign: string,
  field: RegExp,
  secret: string,
  personal = secret,
  hidden = mask,
): Notation => ({
  sign,
  field,
  secret: new RegExp(secret, 'iy'),
  personal: new RegExp(personal, 'iy'),
  hidden,
});

/** Of a name: a letter with or without an accent, a digit. In the patterns below, a character of a name is either plain or encoded, never both, so that they stay linear. */
const letter = String.raw`\p{L}\p{M}\w`;
/** Of a name in a form: an accented letter in UTF-8 or Latin-1, a bracket or a blank, percent-encoded once or twice. */
const percentEncoded = '%(?:25)?(?:[89A-Fa-f][\\dA-Fa-f]|5[BDbd]|20)';
/** Of a name in JSON that is written in ASCII, as PHP and Python do. */
const unicodeEscape = String.raw`\\{1,8}u[\dA-Fa-f]{4}`;

/** JSON inside strings of JSON, up to three levels: quotes are preceded by backslashes, and quotes within the value by more of them. */
const escapedJson = [1, 2, 3, 4, 5, 6, 7].map((count) => {
  const before = `\\\\{${count}}`;
  return notation(
    '\\"',
    new RegExp(
      `(?<!\\\\)${before}"((?:[^"\\\\\\r\\n]|${unicodeEscape}){1,60})${before}"\\s{0,9}:\\s{0,9}`,
      'g',
    ),
    `${before}"(?:[^"\\\\]|\\\\+[^"\\\\]|${before}\\\\+")*(?:${before}")?|[^,{}[\\]\\s"\\\\]+`,
    undefined,
    `${'\\'.repeat(count)}"${mask}${'\\'.repeat(count)}"`,
  );
});

/** JSON in a form, percent-encoded up to three times; the same within one of its strings, where backslashes precede the quotes. */
const percentJson = [0, 1, 2].flatMap((times) => {
  const percent = `%${'25'.repeat(times)}`;
  return [0, 1, 3].map((backslashes) => {
    const before = `${percent}5[Cc]`.repeat(backslashes);
    const quote = `${before}${percent}22`;
    const inner = `${before}${before}${percent}5[Cc]${percent}22`;
    return notation(
      `${percent}22`,
      new RegExp(
        `${quote}([${letter}.%+\\-]{1,120}?)${quote}(?:${percent}3[Aa]|:)(?:${percent}20|\\+)?`,
        'gu',
      ),
      `${quote}(?:${inner}|(?!${quote})[^&\\s])*(?:${quote})?|[\\w.+-]+`,
    );
  });
});

const notations: readonly Notation[] = [
  notation(
    '":',
    new RegExp(`"((?:[^"\\\\\\r\\n]|${unicodeEscape}){1,60})"\\s{0,9}:\\s{0,9}`, 'g'),
    `${json}|${list}|${object}`,
    `${json}|${list}`,
    `"${mask}"`,
  ),
  ...escapedJson,
  // A Python dict as `print` shows it.
  notation("':", /'([^'\\\r\n]{1,60})'\s{0,9}:\s{0,9}/g, String.raw`'(?:[^'\\]|\\.)*'?`),
  notation(
    '</',
    new RegExp(`<(?:[${letter}.-]{1,40}:)?([${letter}.-]{1,60})(?:\\s[^<>]{0,500})?>`, 'gu'),
    String.raw`<!\[CDATA\[[^\]]*(?:\]\]>)?|[^<]+`,
  ),
  notation(
    '&lt;/',
    new RegExp(`&lt;(?:[${letter}.-]{1,40}:)?([${letter}.-]{1,60})&gt;`, 'gu'),
    '[^<&]+',
  ),
  // An attribute `name="value"`, but not the name of a part in a multipart form.
  notation(
    '=',
    new RegExp(`(?<!form-data;)(?:^|\\s)([${letter}:.-]{1,60})\\s{0,9}=\\s{0,9}(?=["'])`, 'gu'),
    quoted,
    quoted,
    `"${mask}"`,
  ),
  // The value of a personal field may contain spaces, where nobody has encoded them.
  notation(
    '=',
    new RegExp(`(?:^|[?&;:|,#"'\\s])((?:[${letter}.[\\]+\\-]|${percentEncoded}){1,60})=`, 'gu'),
    String.raw`[^&;\s"'<>]+`,
    String.raw`[^&;:|,\r\n"'<>]+`,
  ),
  // Percent-encoded: an address within an address, and JSON in a form.
  notation(
    '%3',
    new RegExp(`(?:^|%3[Ff]|%26|[=\\s])((?:[${letter}.+\\-]|${percentEncoded}){1,60})%3[Dd]`, 'gu'),
    String.raw`(?:(?!%26)[^&;\s"'<>])+`,
  ),
  ...percentJson,
  notation(
    'form-data',
    /form-data; name="([^"\r\n]{1,60})"[^\r\n]{0,500}\r?\n(?:[^\r\n]{1,500}\r?\n){0,9}\r?\n/g,
    String.raw`[^\r\n]+`,
  ),
  // A line `name => value`, `[name] => value`, or `name: value`.
  notation(
    '\n',
    /(?:^|[\r\n])[ \t]{0,40}\[?([^\r\n=:"<>[\]&;]{1,60})\]?[ \t]{0,40}(?:=>|:)[ \t]{0,40}/g,
    String.raw`[^\s][^\r\n]*`,
    String.raw`[^&;\s][^&;\r\n]*`,
  ),
  notation(
    '\n',
    /(?:^|[\r\n])[ \t]{0,40}([^\r\n=:"<>[\]&;]{1,60})=(?!>)[ \t]{0,40}/g,
    String.raw`[^&;\s][^&;\r\n]*`,
  ),
];

const anySign = /["']:|[=\n]|<\/|&lt;\/|%3[Dd]|%(?:25)*22|form-data/;

/** Hides values by the names of their fields: in JSON, forms, lines, XML, multipart forms, and tables with a heading. */
export function maskFields(text: string): string {
  if (!anySign.test(text)) return text;
  let hidden = text;
  for (const one of notations) if (hidden.includes(one.sign)) hidden = maskNotation(hidden, one);
  return hidden.includes('\n') ? maskColumns(hidden) : hidden;
}

function maskNotation(text: string, { field, secret, personal, hidden }: Notation): string {
  let masked = '';
  let copied = 0;
  field.lastIndex = 0;
  for (let found = field.exec(text); found; found = field.exec(text)) {
    const kind = fieldKind(found[1] ?? '');
    if (!kind) {
      // The last character of this match may be the separator before the next field.
      field.lastIndex -= 1;
      continue;
    }
    const value = kind === 'secret' ? secret : personal;
    value.lastIndex = field.lastIndex;
    if (!value.test(text)) continue;
    masked += text.slice(copied, field.lastIndex) + hidden;
    copied = value.lastIndex;
    field.lastIndex = copied;
  }
  return copied === 0 ? text : masked + text.slice(copied);
}
