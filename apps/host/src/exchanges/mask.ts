import { maskPersonal } from '@finaz-telephony/core';
import { concealersOf, type Concealed } from './concealer.ts';

/** Hides what must not be seen. */
export interface Masker {
  readonly text: (text: string) => string;
  readonly url: (url: string) => string;
  readonly headers: (headers: Readonly<Record<string, string>>) => Record<string, string>;
}

const mask = '***';

const secretHeader =
  /^(?:authorization|proxy-authorization|cookie|set-cookie|www-authenticate)$|token|secret|pass|api-?key|apikey|signature|credential|session/i;

/** Names of fields whose values are secret, or name a person. Numbers and CPFs are found by their form. */
const fieldNames =
  'password|passwd|passphrase|pass|pwd|senha|secret|client_secret|segredo|token|access_token|refresh_token|api_token|api_?key|apikey|chave|auth|authorization|signature|session|cpf|cnpj|name|nome|first_?name|last_?name|full_?name|client_?name|nome_?cliente|cliente|email|address\\d?|endereco';
const jsonField = new RegExp(
  `("(?:${fieldNames})"\\s*:\\s*)(?:"(?:[^"\\\\]|\\\\.)*"?|[^,}\\]\\s]+)`,
  'gi',
);
/** The same inside a text of JSON, where quotes have backslashes before them, and those of the value more. */
const escapedJsonField = new RegExp(
  `((\\\\{1,7})"(?:${fieldNames})\\2"\\s*:\\s*)(?:\\2"(?:[^"\\\\]|\\\\+[^"\\\\]|\\2\\\\+")*(?:\\2")?|[^,}\\]\\s"\\\\]+)`,
  'gi',
);
const formField = new RegExp(`((?:^|[?&;\\s])(?:${fieldNames})=)[^&;\\s"'<>]+`, 'gi');

/** A file inside of a text, a recorded voice for instance. */
const embeddedFile = /[\w+/-]{200,}={0,2}/g;

/**
 * A masker for one piece of work: hides these values in every encoding in which they may turn up, fields by their names, and CPFs and
 * telephone numbers by their form.
 */
export function createMasker(conceal: Concealed): Masker {
  const concealers = conceal
    .flatMap(concealersOf)
    .toSorted((left, right) => right.length - left.length);

  const text = (plain: string): string => {
    if (plain === '') return '';
    let hidden = plain;
    let lower = inLowerCase(plain);
    for (const concealer of concealers) {
      const result = concealer.hide(hidden, lower);
      if (result === hidden) continue;
      hidden = result;
      lower = inLowerCase(result);
    }
    // Most headers hold neither sign, and there are many of them.
    if (hidden.includes('"')) hidden = hidden.replace(jsonField, `$1"${mask}"`);
    if (hidden.includes('\\"')) hidden = hidden.replace(escapedJsonField, `$1$2"${mask}$2"`);
    if (hidden.includes('=')) hidden = hidden.replace(formField, `$1${mask}`);
    if (hidden.length >= 200) hidden = hidden.replace(embeddedFile, '[file]');
    return maskPersonal(hidden);
  };

  return {
    text,
    url: text,
    headers: (headers) =>
      Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [
          name,
          secretHeader.test(name) ? mask : text(value),
        ]),
      ),
  };
}

/** `undefined` where case changes the length, as of "İ": what is searched would not be what is shown. */
function inLowerCase(text: string): string | undefined {
  const lower = text.toLowerCase();
  return lower.length === text.length ? lower : undefined;
}
