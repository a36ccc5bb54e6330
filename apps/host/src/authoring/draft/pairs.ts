import type { Slot } from './slot.ts';

export interface Pair {
  readonly key: string;
  readonly slot: Slot;
  /** As the command has it: `nome=S%E3o`. */
  readonly written: string;
  /** Percent-encoded in Latin-1, as some old systems expect, and not in UTF-8. */
  readonly isLatin: boolean;
}

export function slotOf(
  names: readonly string[],
  place: string,
  value: string,
  more: Partial<Pick<Slot, 'isNumber' | 'index' | 'filter' | 'raw'>> = {},
): Slot {
  return { names, place, value, isNumber: false, index: undefined, template: undefined, ...more };
}

/** `undefined` if the text is not a list of pairs or its charset is unclear: it can then only be sent unchanged. */
export function pairsOf(text: string, place: string): readonly Pair[] | undefined {
  if (text === '') return [];
  const pairs: Pair[] = [];
  for (const written of text.split('&')) {
    if (written === '') continue;
    const equals = written.indexOf('=');
    const sides = equals < 0 ? [written] : [written.slice(0, equals), written.slice(equals + 1)];
    // The "%" in `100%` and `%RAMAL%` begins no escape, so it is read as a literal percent sign.
    const parts = sides.map((side) => side.replace(/%(?![0-9A-F]{2})/gi, '%25'));
    const isLatin = parts.some((part) => decodedForm(part) === undefined);
    const [key, value = ''] = parts.map((part) =>
      isLatin ? decodedLatin(part) : decodedForm(part),
    );
    if (!key || parts.some((part) => isLatin && decodedLatin(part) === undefined)) return undefined;
    pairs.push({ key, slot: slotOf(namesInKey(key), `${place}.${key}`, value), written, isLatin });
  }
  return pairs;
}

/** The names in a key, the innermost first: PHP reads `contato[telefones][0]` as `telefones` of `contato`. */
function namesInKey(key: string): readonly string[] {
  return key
    .split(/[[\].]+/)
    .filter((part) => part !== '' && !/^\d+$/.test(part))
    .toReversed();
}

/** `undefined` if the escapes are not UTF-8. */
export function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A form encodes a space as a plus sign. */
const decodedForm = (text: string): string | undefined => decoded(text.replaceAll('+', ' '));

/** Reads each byte as a Latin-1 character; `undefined` if one of them is a control character there, because the charset is then another. */
function decodedLatin(text: string): string | undefined {
  const plain = text
    .replaceAll('+', ' ')
    .replace(/%([0-9A-F]{2})/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
  return /[\u0080-\u009f]/.test(text + plain) ? undefined : plain;
}
