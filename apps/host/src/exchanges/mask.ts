import { maskPersonal } from '@finaz-telephony/core/host';
import { remembered } from '../remembered.ts';
import { createHider, type Concealed } from './concealer.ts';
import { fieldKind } from './field-names.ts';
import { maskEncoded } from './mask-encoded.ts';
import { maskFields } from './mask-fields.ts';
import { maskTokens } from './mask-tokens.ts';
import { mask } from './stand-in.ts';

/** Hides what must not be seen. */
export interface Masker {
  readonly text: (text: string) => string;
  readonly headers: (
    headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  ) => Record<string, string>;
}

const secretHeader =
  /^(?:authorization|proxy-authorization|cookie|set-cookie|www-authenticate)$|token|secret|pass|api-?key|apikey|signature|credential|session/i;

/** Whether the value of a header is hidden because of the header's name. */
const isHidden = remembered(
  5000,
  (name) => secretHeader.test(name) || fieldKind(name) !== undefined,
);

/** A file in Base64 within a text, such as a recording. */
const embeddedFile = /[\w+/-]{200,}={0,2}/g;

/**
 * A masker for one piece of work: hides the given values in every encoding in which they may occur, fields by their names, and CPFs and telephone numbers by
 * their form.
 */
export function createMasker(conceal: Concealed): Masker {
  const hide = createHider(conceal);

  const decoded = (plain: string) => maskPersonal(maskFields(hide(plain)));

  const text = (plain: string): string => {
    if (plain === '') return '';
    let hidden = maskFields(hide(plain));
    if (hidden.length >= 200) hidden = hidden.replace(embeddedFile, '[file]');
    return maskPersonal(maskEncoded(maskTokens(hidden), decoded));
  };

  return {
    text,
    headers: (headers) =>
      Object.fromEntries(
        Object.entries(headers).map(([name, value = '']) => [
          name,
          isHidden(name) ? mask : text(typeof value === 'string' ? value : value.join(', ')),
        ]),
      ),
  };
}
