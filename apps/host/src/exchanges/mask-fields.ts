import { maskColumns } from './mask-columns.ts';

export const mask = '***';

const secretNames =
  'password|passwd|passphrase|pass|pwd|senha|secret|client_secret|segredo|token|access_token|refresh_token|api_token|api_?key|apikey|chave|auth|authorization|signature|session';
const personalNames =
  'cpf|cnpj|name|nome|sobrenome|first_?name|middle_?name|last_?name|full_?name|client_?name|customer_?name|contact_?name|nome_?(?:cliente|contato|devedor|completo)|cliente|devedor|e-?mail|address\\d?|endere[cç]o';

/** Names of fields whose values are secret, or name a person. Numbers and CPFs are found by their form. */
const names = `${secretNames}|${personalNames}`;

const jsonField = new RegExp(
  `("(?:${names})"\\s*:\\s*)(?:"(?:[^"\\\\]|\\\\.)*"?|[^,}\\]\\s]+)`,
  'gi',
);
/** The same inside a text of JSON, where quotes have backslashes before them, and those of the value more. */
const escapedJsonField = new RegExp(
  `((\\\\{1,7})"(?:${names})\\2"\\s*:\\s*)(?:\\2"(?:[^"\\\\]|\\\\+[^"\\\\]|\\2\\\\+")*(?:\\2")?|[^,}\\]\\s"\\\\]+)`,
  'gi',
);
const secretFormField = new RegExp(`((?:^|[?&;:|,\\s])(?:${secretNames})=)[^&;\\s"'<>]+`, 'gi');
/** A name may have blanks, where nobody has encoded them. */
const personalFormField = new RegExp(
  `((?:^|[?&;:|,\\s])(?:${personalNames})=)[^&;:|,\\r\\n"'<>]+`,
  'gi',
);
/** A line `name => value` or `name: value`. */
const lineField = new RegExp(
  `((?:^|[\\r\\n])[ \\t]{0,40}(?:${names})[ \\t]{0,40}(?:=>|[=:])[ \\t]{0,40})[^&;\\s][^&;\\r\\n]*`,
  'gi',
);
/** Not the name of a part of a form. */
const attribute = new RegExp(
  `((?<!form-data;)\\s(?:${names})\\s{0,9}=\\s{0,9})(?:"[^"<>]*"?|'[^'<>]*'?)`,
  'gi',
);
const element = new RegExp(
  `(<(?:[\\w.-]{1,40}:)?(?:${names})(?:\\s[^<>]{0,500})?>)(?:<!\\[CDATA\\[[^\\]]*(?:\\]\\]>)?|[^<]+)`,
  'gi',
);
const part = new RegExp(
  `(form-data; name="(?:${names})"[^\\r\\n]{0,500}\\r?\\n(?:[^\\r\\n]{1,500}\\r?\\n){0,9}\\r?\\n)[^\\r\\n]+`,
  'gi',
);
const column = new RegExp(`^(?:${names})$`, 'i');

/** Hides the values of fields by the names of the fields: in JSON, forms, lines, XML, parts, and tables whose first line names the columns. */
export function maskFields(text: string): string {
  let hidden = text;
  // Most headers hold none of these signs, and there are many of them.
  if (hidden.includes('"')) hidden = hidden.replace(jsonField, `$1"${mask}"`);
  if (hidden.includes('\\"')) hidden = hidden.replace(escapedJsonField, `$1$2"${mask}$2"`);
  if (hidden.includes('</')) hidden = hidden.replace(element, `$1${mask}`);
  if (hidden.includes('=')) {
    hidden = hidden
      .replace(attribute, `$1"${mask}"`)
      .replace(secretFormField, `$1${mask}`)
      .replace(personalFormField, `$1${mask}`);
  }
  if (hidden.includes('\n')) {
    hidden = hidden.replace(part, `$1${mask}`);
    hidden = hidden.replace(lineField, `$1${mask}`);
    hidden = maskColumns(hidden, (name) => column.test(name), mask);
  }
  return hidden;
}
