import { isUtf8 } from 'node:buffer';
import { StartError } from '../../environment.ts';
import type { CurlRequest } from '../curl/curl-request.ts';
import type { FieldDraft, JsonDraft, PartDraft } from './body-slots.ts';
import type { DraftNotes } from './draft-notes.ts';
import type { Pair } from './pairs.ts';
import type { RequestSlots } from './request-slots.ts';
import { placeholderName, type Slot } from './slot.ts';

/** A request as a document writes it. */
export interface DraftedRequest {
  readonly method?: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly charset?: 'iso-8859-1';
  readonly timeout?: number;
  readonly follow?: true;
}

/** Writes the request for the document, with expressions in place of the values that were recognised. */
export function draftRequest(
  { request, path, query, headers, body }: RequestSlots,
  credentials: Readonly<Record<string, string>>,
  notes: DraftNotes,
): DraftedRequest {
  const segments = path.map((slot) =>
    slot.template === undefined ? pathLiteral(slot.value, notes) : slot.template,
  );
  const isWritten = typeof query === 'string' || query.some(({ isLatin }) => isLatin);
  const url = `/${segments.join('/')}${isWritten ? `?${writtenQuery(query, notes)}` : ''}`;
  const pairs = isWritten ? {} : pairsRecord(query, notes);
  const drafted = body && draftBody(body, notes);
  const written = {
    ...Object.fromEntries(
      headers.map((slot) => [slot.names[0] ?? '', writtenAs(slot, notes)] as const),
    ),
    ...credentials,
  };
  return {
    ...(request.method !== 'GET' && { method: request.method }),
    url,
    ...withEntries('headers', withoutDefault(written, drafted)),
    ...withEntries('query', pairs),
    ...(drafted && { body: drafted }),
    ...((isLatin(request) || isLatinForm(body)) && { charset: 'iso-8859-1' as const }),
    ...(request.timeout !== undefined && { timeout: request.timeout }),
    ...(request.follow && { follow: true as const }),
  };
}

/** Whether the body comes from a file that is not UTF-8. */
const isLatin = ({ body }: CurlRequest): boolean =>
  body?.kind === 'data' && body.bytes !== undefined && !isUtf8(body.bytes);

const isLatinForm = (body: RequestSlots['body']): boolean => body?.kind === 'form' && body.isLatin;

/** The host encodes `query` in UTF-8, so a query in Latin-1 is written into the address instead, unchanged but for recognised values. */
function writtenQuery(query: RequestSlots['query'], notes: DraftNotes): string {
  if (typeof query === 'string') {
    notes.warn(whole('query'));
    return notes.text(query);
  }
  return query
    .map(({ written, slot }) =>
      slot.template === undefined
        ? notes.text(written)
        : `${written.split('=', 1)[0] ?? ''}=${slot.template}`,
    )
    .join('&');
}

const whole = (place: string): string =>
  `${place}: could not be parsed, so it would be sent unchanged each time; write expressions for what differs and for personal data, and a variable with \${secret:NAME} for a credential`;

const writtenAs = (slot: Slot, notes: DraftNotes): string =>
  slot.template ?? notes.text(slot.raw ?? slot.value);

/** A document writes the path as it is sent, so the literal text is percent-encoded. */
function pathLiteral(value: string, notes: DraftNotes): string {
  return notes
    .text(value)
    .split(/(\{\{.*?\}\})/)
    .map((part) =>
      part.startsWith('{{')
        ? part
        : encodeURIComponent(part).replace(/%(?:3A|40|24|2C|3B|2B|3D|26)/g, decodeURIComponent),
    )
    .join('');
}

function withEntries<Key extends string, Value>(
  key: Key,
  record: Readonly<Record<string, Value>>,
): { readonly [name in Key]?: Readonly<Record<string, Value>> } {
  if (Object.keys(record).length === 0) return {};
  const entry: { [name in Key]?: Readonly<Record<string, Value>> } = {};
  entry[key] = record;
  return entry;
}

/** Leaves out a content type that the host sets by itself for this kind of body. */
function withoutDefault(
  headers: Readonly<Record<string, string>>,
  body: Readonly<Record<string, unknown>> | undefined,
): Readonly<Record<string, string>> {
  const own =
    body &&
    ('json' in body
      ? 'application/json'
      : 'form' in body
        ? 'application/x-www-form-urlencoded'
        : undefined);
  return Object.fromEntries(
    Object.entries(headers).filter(
      ([name, value]) => !(name.toLowerCase() === 'content-type' && value === own),
    ),
  );
}

/** A repeated key gets a list. A key ending in "?" gets a second "?", because one alone marks an entry as optional. */
function pairsRecord(pairs: readonly Pair[], notes: DraftNotes): Record<string, unknown> {
  return recordOf(pairs.map(({ key, slot }) => [key, writtenAs(slot, notes)]));
}

function recordOf(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const record = new Map<string, unknown[]>();
  for (const [key, value] of entries) {
    const name = key.endsWith('?') ? `${key}?` : key;
    record.set(name, [...(record.get(name) ?? []), value]);
  }
  return Object.fromEntries(
    [...record].map(([key, values]) => [key, values.length === 1 ? values[0] : values]),
  );
}

function draftBody(
  body: NonNullable<RequestSlots['body']>,
  notes: DraftNotes,
): Readonly<Record<string, unknown>> {
  switch (body.kind) {
    case 'json':
      return { json: draftJson(body.json, notes) };
    case 'form':
      return { form: recordOf(body.fields.map((field) => [field.key, draftField(field, notes)])) };
    case 'text':
      if (body.slots.length === 0 && body.pieces.some((piece) => piece !== ''))
        notes.warn(whole('body'));
      return {
        text: body.pieces
          .map((piece) => (typeof piece === 'string' ? notes.text(piece) : writtenAs(piece, notes)))
          .join(''),
      };
    case 'parts':
      return { multipart: Object.fromEntries(body.parts.map((part) => draftPart(part, notes))) };
  }
}

function draftField({ value }: FieldDraft, notes: DraftNotes): unknown {
  return 'kind' in value ? { json: draftJson(value, notes) } : writtenAs(value, notes);
}

function draftJson(json: JsonDraft, notes: DraftNotes): unknown {
  switch (json.kind) {
    case 'fixed':
      return json.value;
    case 'list':
      return json.items.map((item) => draftJson(item, notes));
    case 'each':
      return { $each: 'items', $item: draftJson(json.item, notes) };
    case 'object':
      return Object.fromEntries(
        json.entries.map(([key, item]) => [
          key.endsWith('?') ? `${key}?` : key,
          draftJson(item, notes),
        ]),
      );
    case 'slot': {
      const { template, isNumber, value } = json.slot;
      // A placeholder stays text; a real number stays a number.
      const isKnown = isNumber && placeholderName(value) === undefined;
      return template ?? (isKnown ? Number(value) : notes.text(value));
    }
  }
}

function draftPart({ part, slot }: PartDraft, notes: DraftNotes): readonly [string, unknown] {
  const content = writtenAs(slot, notes);
  if (part.filename !== undefined) {
    if (content.length > 20_000)
      throw new StartError(
        `the file of -F ${part.name} is too long for a document; if it is the contact file, import it with --feature contactLoad`,
      );
    const { filename, contentType } = part;
    return [
      part.name,
      {
        filename: notes.text(filename),
        ...(contentType !== undefined && { contentType }),
        content,
      },
    ];
  }
  if (part.contentType !== undefined)
    notes.warn(
      `body.${part.name}: its content type ${part.contentType} is left out: a form field has one only if it is a file`,
    );
  return [part.name, content];
}
