import { maskPersonal } from '@finaz-telephony/core';
import { writtenForms } from './written-forms.ts';

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
const formField = new RegExp(`((?:^|[?&;\\s])(?:${fieldNames})=)[^&;\\s"'<>]+`, 'gi');

/**
 * A masker for one piece of work: hides these values in every encoding in which they may turn up, fields by their names, and CPFs and
 * telephone numbers by their form.
 */
export function createMasker(conceal: readonly string[]): Masker {
  // The longest first: of two values that begin alike, the shorter one would leave the rest of the other.
  const patterns = [...new Set(conceal)]
    .filter((value) => value.trim() !== '')
    .toSorted((left, right) => right.length - left.length)
    .flatMap(writtenForms);
  const concealed = patterns.length === 0 ? undefined : new RegExp(patterns.join('|'), 'gi');

  const text = (plain: string): string => {
    if (plain === '') return '';
    const withoutValues = concealed ? plain.replace(concealed, mask) : plain;
    return maskPersonal(
      withoutValues.replace(jsonField, `$1"${mask}"`).replace(formField, `$1${mask}`),
    );
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
