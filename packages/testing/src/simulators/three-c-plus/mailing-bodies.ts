import * as v from 'valibot';
import { parseJson } from '../../parse-json.ts';
import type { FormPart } from '../multipart.ts';
import type { SimulatorRequest } from '../simulator.ts';
import type { MailingItem } from './state.ts';

const ItemSchema = v.object({
  phone: v.string(),
  identifier: v.string(),
  data: v.optional(v.record(v.string(), v.string()), {}),
});

/** A line of a file or table, by column name. */
export function itemOf(header: readonly string[], row: readonly string[]): MailingItem {
  const data = Object.fromEntries(header.map((name, index) => [name, row[index] ?? '']));
  const phone = data['areacodephone'] ?? `${data['areacode'] ?? ''}${data['phone'] ?? ''}`;
  return { phone, identifier: data['identifier'] ?? '', data };
}

/** `undefined` if the body is not a list of items. */
export function itemsOf(request: SimulatorRequest): readonly MailingItem[] | undefined {
  const items = v.safeParse(v.array(ItemSchema), parseJson(request.text));
  return items.success ? items.output : undefined;
}

/** A field of a multipart form; empty if it is missing. */
export function field(parts: readonly FormPart[], name: string): string {
  return parts.find((part) => part.name === name)?.body.toString('utf8') ?? '';
}

/** A body as JSON, or as a form with `name[]` for lists. */
export function fieldsOf(request: SimulatorRequest): unknown {
  const { parameters } = request;
  const lists = Object.fromEntries(
    [...parameters.keys()]
      .filter((key) => key.endsWith('[]'))
      .map((key) => [key.slice(0, -2), parameters.getAll(key)]),
  );
  return parseJson(request.text) ?? { ...Object.fromEntries(parameters), ...lists };
}
