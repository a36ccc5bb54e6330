import * as v from 'valibot';
import { faultsOf, placeOf, unknownKeys, type DocumentIssue } from './document-issue.ts';

/** What a schema says about a value, and the value as far as it can be read all the same. */
export interface Form<Schema extends v.GenericSchema> {
  readonly faults: readonly DocumentIssue[];
  /** Read without the keys that the schema does not know, so that other mistakes are found too. */
  readonly read: v.SafeParseResult<Schema>;
}

export function readForm<Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
): Form<Schema> {
  const parsed = v.safeParse(schema, input);
  const unknown = (parsed.issues ?? []).flatMap((issue) => unknownKeys(issue, schema));
  const read = unknown.length === 0 ? parsed : v.safeParse(schema, without(input, unknown));
  const found = [parsed, ...(read === parsed ? [] : [read])].flatMap(({ issues }) =>
    faultsOf(schema, input, issues),
  );
  // Both readings report most mistakes: each is kept once.
  const faults = new Map(found.map((issue) => [JSON.stringify(issue), issue]));
  return { faults: [...faults.values()], read };
}

function without(input: unknown, places: readonly (readonly (string | number)[])[]): unknown {
  const copy: unknown = structuredClone(input);
  for (const place of places) {
    const holder = place.slice(0, -1).reduce(memberOf, copy);
    if (isObject(holder)) Reflect.deleteProperty(holder, place.at(-1) ?? '');
  }
  return copy;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const memberOf = (value: unknown, key: string | number): unknown =>
  isObject(value) ? Reflect.get(value, key) : undefined;

/** The mistakes of one reading, plus those of the other at different places. */
export function withOthers(
  faults: readonly DocumentIssue[],
  further: readonly DocumentIssue[],
): readonly DocumentIssue[] {
  const named = new Set(faults.map(({ path }) => placeOf(path)));
  return [...faults, ...further.filter(({ path }) => !named.has(placeOf(path)))];
}
