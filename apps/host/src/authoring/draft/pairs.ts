import type { Slot } from './slot.ts';

export interface Pair {
  readonly key: string;
  readonly slot: Slot;
  /** As the command has it: `nome=S%E3o`. */
  readonly written: string;
  /** In Latin-1, as old systems want it, and not in UTF-8. */
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

/** `undefined` for what is no list of pairs, or in no charset that can be told: it can only be sent as it stands. */
export function pairsOf(text: string, place: string): readonly Pair[] | undefined {
  if (text === '') return [];
  const pairs: Pair[] = [];
  for (const written of text.split('&')) {
    if (written === '') continue;
    const equals = written.indexOf('=');
    const sides = equals < 0 ? [written] : [written.slice(0, equals), written.slice(equals + 1)];
    // `100%` and `%RAMAL%` are sent as they are, and read so.
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

/** `contato[telefones][0]` is the telefones of contato, as PHP reads it. */
function namesInKey(key: string): readonly string[] {
  return key
    .split(/[[\].]+/)
    .filter((part) => part !== '' && !/^\d+$/.test(part))
    .toReversed();
}

/** `undefined` for what is not UTF-8. */
export function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A form writes a blank as a plus sign. */
const decodedForm = (text: string): string | undefined => decoded(text.replaceAll('+', ' '));

/** A form with a byte for each character; what is no character of Latin-1 is left to the eye. */
function decodedLatin(text: string): string | undefined {
  const plain = text
    .replaceAll('+', ' ')
    .replace(/%([0-9A-F]{2})/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
  return /[\u0080-\u009f]/.test(text + plain) ? undefined : plain;
}
