import type { Slot } from './slot.ts';

export interface Pair {
  readonly key: string;
  readonly slot: Slot;
}

export function slotOf(
  names: readonly string[],
  place: string,
  value: string,
  more: Partial<Pick<Slot, 'isNumber' | 'index' | 'filter' | 'raw'>> = {},
): Slot {
  return { names, place, value, isNumber: false, index: undefined, template: undefined, ...more };
}

/** `undefined` for what is no list of pairs, or not in UTF-8: it can only be sent as it stands. */
export function pairsOf(text: string, place: string): readonly Pair[] | undefined {
  if (text === '') return [];
  const pairs: Pair[] = [];
  for (const part of text.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const key = decoded(equals < 0 ? part : part.slice(0, equals), true);
    const value = equals < 0 ? '' : decoded(part.slice(equals + 1), true);
    if (key === undefined || value === undefined || key === '') return undefined;
    pairs.push({ key, slot: slotOf(namesInKey(key), `${place}.${key}`, value) });
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

export function decoded(text: string, isForm = false): string | undefined {
  try {
    return decodeURIComponent(isForm ? text.replaceAll('+', ' ') : text);
  } catch {
    return undefined;
  }
}
