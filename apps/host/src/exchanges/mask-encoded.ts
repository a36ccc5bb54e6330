import { mask } from './stand-in.ts';

/** Eight digits take eleven characters in Base64, and more in hexadecimal. */
const words = /[\w+/%-]{11,}={0,2}/g;
const wordsInAddress = /(?:[\w+/-]|%2[BF]){11,}(?:%3D){0,2}/gi;
const partsOfPath = /[^/]{11,}/g;
const hexadecimal = /^(?:[2-7][\da-f]){8,}$/i;
// An ordinary word in lower case contains none of these.
const encodedSign = /[A-Z\d]/;

/** Hides each Base64 or hexadecimal word whose decoded text `maskPlain` would change. */
export function maskEncoded(text: string, maskPlain: (plain: string) => string): string {
  const hide = (word: string): string => {
    const plain = decoded(word);
    if (plain !== '' && maskPlain(plain) !== plain) return mask;
    // The word may be a path of an address, whose segments are then encoded separately.
    return word.includes('/')
      ? word.replace(partsOfPath, (part) => (part === word ? part : hide(part)))
      : word;
  };
  return text.replace(words, (word) => {
    if (!encodedSign.test(word)) return word;
    return word.includes('%') ? word.replace(wordsInAddress, hide) : hide(word);
  });
}

/** The decoded text; empty if the bytes are not text. */
function decoded(word: string): string {
  const bytes = hexadecimal.test(word)
    ? Buffer.from(word, 'hex')
    : Buffer.from(word.replaceAll(/%2B/gi, '+').replaceAll(/%2F/gi, '/'), 'base64');
  if (bytes.some(isControl)) return '';
  const plain = bytes.toString('utf8');
  return plain.includes('\ufffd') ? bytes.toString('latin1') : plain;
}

const isControl = (byte: number) =>
  (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13) || byte === 127;
