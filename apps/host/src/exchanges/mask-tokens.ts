import { mask } from './stand-in.ts';

/** Most texts have none of these, and one look tells so. */
const anySign = /@|%40|eyJ|uthorization|earer |asic |UTHORIZATION|EARER |ASIC /;

const forms: readonly (readonly [RegExp, string])[] = [
  [/(\bauthorization["']?\s{0,9}[:=]\s{0,9}["']?)[^\r\n"'<>,\\&]+/gi, `$1${mask}`],
  [/\b(bearer|basic)(\s{1,9})[\w.~+/-]{8,}={0,2}/gi, `$1$2${mask}`],
  // A token that says of itself whose it is.
  [/\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/g, mask],
  [/(:\/\/)[^\s/@"'<>?#\\]{1,200}@/g, `$1${mask}@`],
  // An address of electronic mail; not of an extension.
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
