import { maskPersonal } from '@finaz-telephony/core';

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

/** Shorter values would hide half of every text; they are hidden where they stand alone. */
const shortest = 4;

/**
 * A masker for one piece of work: hides these values in every encoding in which they may turn up, fields by their names, and CPFs and
 * telephone numbers by their form.
 */
export function createMasker(conceal: readonly string[]): Masker {
  const values = [...new Set(conceal.flatMap(encodings))].toSorted(
    (left, right) => right.length - left.length,
  );
  const concealed =
    values.length === 0 ? undefined : new RegExp(values.map(pattern).join('|'), 'gi');

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

function pattern(value: string): string {
  const escaped = value.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  return value.length < shortest ? `(?<![\\w])${escaped}(?![\\w])` : escaped;
}

/** A value as it is, and as addresses, forms, JSON, HTML and Base64 would write it. */
function encodings(value: string): string[] {
  if (value.trim() === '') return [];
  const percent = encodeSafely(value);
  const bytes = Buffer.from(value, 'utf8');
  const forms = [
    value,
    percent,
    percent.replaceAll('%20', '+'),
    JSON.stringify(value).slice(1, -1),
    value
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;'),
    bytes.toString('base64'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ];
  return value.length < shortest ? [value] : forms.filter((form) => form.length >= shortest);
}

function encodeSafely(value: string): string {
  try {
    return encodeURIComponent(value);
  } catch {
    return value;
  }
}
