import { mask } from './stand-in.ts';

/** Most texts contain none of these, so that a single test is enough for them. */
const anySign = /@|%40|eyJ|uthorization|earer |asic |UTHORIZATION|EARER |ASIC /;

const forms: readonly (readonly [RegExp, string])[] = [
  [/(\bauthorization["']?\s{0,9}[:=]\s{0,9}["']?)[^\r\n"'<>,\\&]+/gi, `$1${mask}`],
  [/\b(bearer|basic)(\s{1,9})[\w.~+/-]{8,}={0,2}/gi, `$1$2${mask}`],
  // A JSON Web Token.
  [/\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/g, mask],
  [/(:\/\/)[^\s/@"'<>?#\\]{1,200}@/g, `$1${mask}@`],
  // A mail address, but not a SIP address of an extension.
  [
    /(?<![\w.+-])(?!\d+(?:@|%40))[\w.+-]{1,64}(?:@|%40)[a-z\d-]{1,60}(?:\.[a-z\d-]{1,60}){1,4}/gi,
    mask,
  ],
];

/** Hides what looks like a credential or a mail address, whatever its field is called. */
export function maskTokens(text: string): string {
  if (!anySign.test(text)) return text;
  return forms.reduce((hidden, [form, shown]) => hidden.replace(form, shown), text);
}
