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

/** JSON inside strings of JSON, up to three levels: quotes are preceded by backslashes, and quotes within the value by more of them. */
const escapedJson = [1, 2, 3, 4, 5, 6, 7].map((count) => {
  const before = `\\\\{${count}}`;
  return notation(
    '\\"',
    new RegExp(`(?<!\\\\)${before}"([^"\\\\\\r\\n]{1,60})${before}"\\s{0,9}:\\s{0,9}`, 'g'),
    `${before}"(?:[^"\\\\]|\\\\+[^"\\\\]|${before}\\\\+")*(?:${before}")?|[^,{}[\\]\\s"\\\\]+`,
    undefined,
    `${'\\'.repeat(count)}"${mask}${'\\'.repeat(count)}"`,
  );
});

const notations: readonly Notation[] = [
  notation(
    '":',
    /"([^"\\\r\n]{1,60})"\s{0,9}:\s{0,9}/g,
    `${json}|${list}|${object}`,
    `${json}|${list}`,
    `"${mask}"`,
  ),
  ...escapedJson,
  // A Python dict as `print` shows it.
  notation("':", /'([^'\\\r\n]{1,60})'\s{0,9}:\s{0,9}/g, String.raw`'(?:[^'\\]|\\.)*'?`),
  notation(
    '</',
    /<(?:[\w.-]{1,40}:)?([\w.-]{1,60})(?:\s[^<>]{0,500})?>/g,
    String.raw`<!\[CDATA\[[^\]]*(?:\]\]>)?|[^<]+`,
  ),
  notation('&lt;/', /&lt;(?:[\w.-]{1,40}:)?([\w.-]{1,60})&gt;/g, '[^<&]+'),
  // An attribute `name="value"`, but not the name of a part in a multipart form.
  notation(
    '=',
    /(?<!form-data;)(?:^|\s)([\w:.-]{1,60})\s{0,9}=\s{0,9}(?=["'])/g,
    quoted,
    quoted,
    `"${mask}"`,
  ),
  // The value of a personal field may contain spaces, where nobody has encoded them.
  notation(
    '=',
    /(?:^|[?&;:|,#"'\s])([\w.[\]-]{1,60})=/g,
    String.raw`[^&;\s"'<>]+`,
    String.raw`[^&;:|,\r\n"'<>]+`,
  ),
  // Percent-encoded: an address within an address, and JSON in a form.
  notation('%3D', /(?:^|%3F|%26|[=\s])([\w.-]{1,60})%3D/g, String.raw`(?:(?!%26)[^&;\s"'<>])+`),
  notation(
    '%22',
    /%22([\w.%-]{1,60}?)%22%3A(?:%20|\+)?/g,
    String.raw`%22(?:(?!%22)[^&\s])*(?:%22)?`,
  ),
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

const anySign = /["']:|[=\n]|<\/|&lt;\/|%3D|%22|form-data/;

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
