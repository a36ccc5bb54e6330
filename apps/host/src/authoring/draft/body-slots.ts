import type { CurlBody, CurlPart } from '../curl/curl-request.ts';
import { bareName, parseLooseJson } from './loose-json.ts';
import { pairsOf, slotOf, type Pair } from './pairs.ts';
import { placeNames } from './place-names.ts';
import { plainName, type Slot } from './slot.ts';

/** A JSON value whose strings and numbers are slots. */
export type JsonDraft =
  | { readonly kind: 'slot'; readonly slot: Slot }
  | { readonly kind: 'fixed'; readonly value: boolean | null }
  | { readonly kind: 'list'; readonly items: readonly JsonDraft[] }
  /** A list of contacts; the first is the template for all. */
  | { readonly kind: 'each'; readonly item: JsonDraft; readonly count: number }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [string, JsonDraft])[] };

export interface FieldDraft {
  readonly key: string;
  readonly value: Slot | JsonDraft;
}

export interface PartDraft {
  readonly part: CurlPart;
  readonly slot: Slot;
}

/** A body taken apart. */
export type BodyDraft = { readonly slots: readonly Slot[] } & (
  | { readonly kind: 'json'; readonly json: JsonDraft }
  | { readonly kind: 'form'; readonly fields: readonly FieldDraft[]; readonly isLatin: boolean }
  /** Literal texts and slots, in the order of the body. */
  | { readonly kind: 'text'; readonly pieces: readonly (string | Slot)[] }
  | { readonly kind: 'parts'; readonly parts: readonly PartDraft[] }
);

/** Turns the list of contacts in a body into a template for each contact of a batch; a body without such a list stays as it is. */
export function asBatch(body: BodyDraft | undefined): BodyDraft | undefined {
  if (body?.kind !== 'json') return body;
  const json = withEach(body.json);
  return { kind: 'json', json, slots: slotsOf(json) };
}

export const batchIn = (body: BodyDraft | undefined): number | undefined =>
  body?.kind === 'json' ? countIn(body.json) : undefined;

function countIn(json: JsonDraft): number | undefined {
  if (json.kind === 'each') return json.count;
  if (json.kind !== 'object') return undefined;
  return json.entries.map(([, item]) => countIn(item)).find((count) => count !== undefined);
}

function withEach(json: JsonDraft): JsonDraft {
  if (json.kind === 'list') {
    const [item] = json.items;
    if (!item || json.items.length < 2 || !isContact(item)) return json;
    for (const slot of slotsOf(item)) slot.isInItem = true;
    return { kind: 'each', item, count: json.items.length };
  }
  if (json.kind !== 'object') return json;
  return {
    kind: 'object',
    entries: json.entries.map(([key, item]) => [key, withEach(item)] as const),
  };
}

/** A contact has a name, a CPF or an id; an item in a list of phones has none of them. */
function isContact(json: JsonDraft): boolean {
  const names = json.kind === 'object' ? json.entries.map(([key]) => plainName(key)) : [];
  return names.some((name) =>
    [placeNames.contactId, placeNames.cpf, placeNames.name, placeNames.plainId].some((place) =>
      place.test(name),
    ),
  );
}

export function bodySlots(body: CurlBody, contentType: string): BodyDraft {
  if (body.kind === 'parts') {
    const parts = body.parts.map((part) => ({
      part,
      slot: slotOf([part.name], `body.${part.name}`, part.content),
    }));
    return { kind: 'parts', parts, slots: parts.map(({ slot }) => slot) };
  }
  const { text } = body;
  const json = readJson(text) ?? readLooseJson(text);
  if (json) return { kind: 'json', json, slots: slotsOf(json) };
  const pairs = /x-www-form-urlencoded/i.test(contentType) ? formOf(text) : undefined;
  if (pairs) {
    const fields = pairs.map(fieldOf);
    return {
      kind: 'form',
      fields,
      isLatin: pairs.some((pair) => pair.isLatin),
      slots: fields.flatMap(({ value }) => ('kind' in value ? slotsOf(value) : [value])),
    };
  }
  const pieces = /^\s*</.test(text) ? xmlPieces(text) : [text];
  return {
    kind: 'text',
    pieces,
    slots: pieces.filter((piece) => typeof piece !== 'string'),
  };
}

/** A text without any "=" is not a form, whatever its content type says. */
function formOf(text: string): readonly Pair[] | undefined {
  return text.includes('=') ? pairsOf(text, 'body') : undefined;
}

/** A field whose value is itself JSON, as some systems want it. */
function fieldOf({ key, slot }: Pair): FieldDraft {
  const json = /^\s*[[{]/.test(slot.value) ? readJson(slot.value, [key], `body.${key}`) : undefined;
  // Only if the document would write the JSON exactly as in the command, because the field sends it as text.
  return json && JSON.stringify(JSON.parse(slot.value)) === slot.value
    ? { key, value: json }
    : { key, value: slot };
}

/** `undefined` if the text is not a JSON object or list, or if it would change when written again. */
function readJson(
  text: string,
  names: readonly string[] = [],
  place = 'body',
): JsonDraft | undefined {
  if (!/^\s*[[{]/.test(text) || hasHugeNumber(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return jsonDraft(value, names, place, undefined);
  } catch {
    return undefined;
  }
}

/** Reads JSON with comments or with placeholders that nobody has filled in; its other values may still be a person's data, so they become slots too. */
function readLooseJson(text: string): JsonDraft | undefined {
  if (!/^\s*[[{]/.test(text) || hasHugeNumber(text)) return undefined;
  const value = parseLooseJson(text);
  return value === undefined ? undefined : jsonDraft(value, [], 'body', undefined);
}

/** JSON.parse would round an id of 20 digits. */
function hasHugeNumber(text: string): boolean {
  const outside = text.replace(/"(?:[^"\\]|\\.)*"/g, '""');
  return [...outside.matchAll(/-?\d[\d.eE+-]*/g)].some(
    ([number]) => number.replace(/\D/g, '').length > 15,
  );
}

function jsonDraft(
  value: unknown,
  names: readonly string[],
  place: string,
  index: number | undefined,
): JsonDraft {
  if (Array.isArray(value)) {
    return {
      kind: 'list',
      items: value.map((item: unknown, at) => jsonDraft(item, names, `${place}.${at}`, at)),
    };
  }
  if (typeof value === 'object' && value !== null) {
    return {
      kind: 'object',
      entries: Object.entries(value).map(([key, item]) => [
        key,
        jsonDraft(item, [key, ...names], `${place}.${key}`, index),
      ]),
    };
  }
  if (typeof value === 'string' || typeof value === 'number') {
    const bare = typeof value === 'string' ? bareName(value) : undefined;
    const isNumber = typeof value === 'number' || bare !== undefined;
    const text = bare === undefined ? String(value) : `{{${bare}}}`;
    return { kind: 'slot', slot: slotOf(names, place, text, { isNumber, index }) };
  }
  return { kind: 'fixed', value: typeof value === 'boolean' ? value : null };
}

function slotsOf(json: JsonDraft): readonly Slot[] {
  switch (json.kind) {
    case 'slot':
      return [json.slot];
    case 'fixed':
      return [];
    case 'list':
      return json.items.flatMap(slotsOf);
    case 'each':
      return slotsOf(json.item);
    case 'object':
      return json.entries.flatMap(([, item]) => slotsOf(item));
  }
}

/** Makes a slot of the text of each element without child elements; the markup around it stays literal. */
function xmlPieces(text: string): readonly (string | Slot)[] {
  const pieces: (string | Slot)[] = [];
  let from = 0;
  for (const found of text.matchAll(/<([\w:.-]+)(?:\s[^<>]*)?>([^<>]+)<\/\1\s*>/g)) {
    const [whole, tag = '', content = ''] = found;
    if (content.trim() === '') continue;
    const start = found.index + whole.lastIndexOf(`${content}</`);
    const name = tag.split(':').at(-1) ?? tag;
    pieces.push(text.slice(from, start));
    pieces.push(
      slotOf([name], `body.${name}`, withoutEntities(content), { filter: 'xml', raw: content }),
    );
    from = start + content.length;
  }
  pieces.push(text.slice(from));
  return pieces.filter((piece) => piece !== '');
}

const entities: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};

function withoutEntities(text: string): string {
  return text.replace(
    /&(?:(amp|lt|gt|quot|apos)|#(\d{1,7}));/g,
    (entity, name?: string, code?: string) => {
      if (name !== undefined) return entities[name] ?? '';
      // XML knows no such character; whoever has written it means it as text.
      return Number(code) > 0x10_ffff ? entity : String.fromCodePoint(Number(code));
    },
  );
}
