import { issueMessage, nearestName } from '@finaz-telephony/core/host';
import type * as v from 'valibot';

/** One mistake in a tenant document: where, and what to do about it. */
export interface DocumentIssue {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export function formatIssue(issue: DocumentIssue): string {
  return issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`;
}

export function prefixed(
  prefix: readonly (string | number)[],
  issues: readonly DocumentIssue[],
): DocumentIssue[] {
  return issues.map((issue) => ({ path: [...prefix, ...issue.path], message: issue.message }));
}

/** Handwritten names are short, and letters get swapped: two edits are forgiven. */
export const meantName = (written: string, names: readonly string[]): string | undefined =>
  nearestName(written, names, { forgiven: 2 });

export const didYouMean = (name: string): string => `; did you mean "${name}"?`;

/** The end of a message about an unknown name: the one that was probably meant, otherwise all that exist. */
export function suggestion(written: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const meant = meantName(written, names);
  return meant === undefined
    ? `; known: ${names.map((name) => `"${name}"`).join(', ')}`
    : didYouMean(meant);
}

const pathOf = ({ path }: v.BaseIssue<unknown>): (string | number)[] =>
  (path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)));

const isUnknownKey = ({ type, expected }: v.BaseIssue<unknown>): boolean =>
  type === 'strict_object' && expected === 'never';

/** Per object. More would say nothing new. */
const mostUnknown = 20;

/** The places of all unknown keys of the object that an issue is about: valibot only reports the first. None if it is about something else. */
export function unknownKeys(
  issue: v.BaseIssue<unknown>,
  schema: v.GenericSchema,
): (string | number)[][] {
  if (!isUnknownKey(issue)) return [];
  const path = pathOf(issue);
  const place = path.slice(0, -1);
  const known = new Set(keysAt(schema, place));
  const holder = issue.path?.at(-1)?.input;
  if (known.size === 0 || typeof holder !== 'object' || holder === null) return [path];
  return Object.keys(holder)
    .filter((key) => !known.has(key))
    .map((key) => [...place, key]);
}

/** One valibot issue; for a union, those of the closest branch. */
export function schemaIssues(
  issue: v.BaseIssue<unknown>,
  schema: v.GenericSchema,
): DocumentIssue[] {
  const path = pathOf(issue);
  if (isUnknownKey(issue)) {
    const known = keysAt(schema, path.slice(0, -1));
    return unknownKeys(issue, schema)
      .slice(0, mostUnknown)
      .map((place) => {
        const written = String(place.at(-1));
        return { path: place, message: `unknown key "${written}"${suggestion(written, known)}` };
      });
  }
  const deepest = issue.issues?.toSorted(
    (left, right) => (right.path?.length ?? 0) - (left.path?.length ?? 0),
  )[0];
  if (deepest?.path && issue.type === 'union') {
    return schemaIssues(deepest, schema).map((inner) => ({
      path: [...path, ...inner.path],
      message: inner.message,
    }));
  }
  return [{ path, message: `${issueMessage(issue)}${quoted(issue)}` }];
}

/**
 * The mistakes in a value, each at its place. To valibot a list is an object without the expected keys: it would report each as missing, or,
 * if none is required, silently take the list for an empty object.
 */
export function faultsOf(
  schema: v.GenericSchema,
  value: unknown,
  issues: readonly v.BaseIssue<unknown>[] = [],
): DocumentIssue[] {
  const lists = listsForObjects(schema, value);
  const others = issues.flatMap((issue) => schemaIssues(issue, schema));
  if (lists.length === 0) return others;
  const places = new Set(lists.map(({ path }) => placeOf(path)));
  const isBelowOne = ({ path }: DocumentIssue) =>
    places.has(placeOf(path)) || path.some((_, end) => places.has(placeOf(path.slice(0, end))));
  return [...lists, ...others.filter((issue) => !isBelowOne(issue))];
}

/** A text by which places are compared. */
export const placeOf = (path: DocumentIssue['path']): string => JSON.stringify(path);

/** Lists at places where a schema expects an object, as far as objects, records and lists lead to them. */
function listsForObjects(
  schema: v.GenericSchema,
  value: unknown,
  path: DocumentIssue['path'] = [],
): DocumentIssue[] {
  if (typeof value !== 'object' || value === null) return [];
  const here = unwrapped(schema);
  const isList = Array.isArray(value);
  if (isList && (hasEntries(here) || isRecord(here)))
    return [{ path, message: 'must be an object, and is a list' }];
  if (isList)
    return hasItems(here)
      ? value.flatMap((item, index) => listsForObjects(here.item, item, [...path, index]))
      : [];
  return Object.entries(value).flatMap(([key, member]) => {
    const next = schemaAt(here, [key]);
    return next ? listsForObjects(next, member, [...path, key]) : [];
  });
}

/** YAML reads 41, 1e3, no and yes as something other than text. */
function quoted({ kind, expected, input }: v.BaseIssue<unknown>): string {
  const isUnquoted = typeof input === 'number' || typeof input === 'boolean';
  return kind === 'schema' && expected === 'string' && isUnquoted ? ': write it in quotes' : '';
}

interface WithEntries {
  readonly entries: Readonly<Record<string, v.GenericSchema>>;
}
const hasEntries = (schema: object): schema is WithEntries => 'entries' in schema;

interface Wrapping {
  readonly wrapped: v.GenericSchema;
}
const isWrapping = (schema: object): schema is Wrapping => 'wrapped' in schema;

interface RecordLike {
  readonly value: v.GenericSchema;
}
const isRecord = (schema: v.GenericSchema): schema is v.GenericSchema & RecordLike =>
  schema.type === 'record' && 'value' in schema;

interface ListLike {
  readonly item: v.GenericSchema;
}
const hasItems = (schema: object): schema is ListLike => 'item' in schema;

/** The schema without `optional`, `nullable` and other wrappers. */
export function unwrapped(schema: v.GenericSchema): v.GenericSchema {
  return isWrapping(schema) ? unwrapped(schema.wrapped) : schema;
}

/** The schema at a place of a document, as far as objects and records lead to it. */
function schemaAt(
  schema: v.GenericSchema,
  path: readonly (string | number)[],
): v.GenericSchema | undefined {
  const here = unwrapped(schema);
  const [key, ...rest] = path;
  if (key === undefined) return here;
  if (hasEntries(here)) {
    const next = Object.hasOwn(here.entries, key) ? here.entries[key] : undefined;
    return next && schemaAt(next, rest);
  }
  return isRecord(here) ? schemaAt(here.value, rest) : undefined;
}

function keysAt(schema: v.GenericSchema, path: readonly (string | number)[]): string[] {
  const found = schemaAt(schema, path);
  return found && hasEntries(found) ? Object.keys(found.entries) : [];
}
