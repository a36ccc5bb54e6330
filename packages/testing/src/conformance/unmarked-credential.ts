import type { SettingsSchema } from '@finaz-telephony/core';
import * as v from 'valibot';

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/**
 * The path of a credential that is not marked as a secret. Of the settings that differ between right and wrong credentials, at least one must be marked:
 * `undefined` if one is, or if the schema has no fixed fields for them, like that of templates.
 */
export function unmarkedCredential(
  schema: SettingsSchema<unknown>,
  right: unknown,
  wrong: unknown,
): string | undefined {
  const places = differing(right, wrong, []);
  const fields = places.map((path) => fieldAt(schema, path));
  const isEachKnown = fields.every((field) => field !== undefined);
  const isAnyMarked = fields.some((field) => field !== undefined && isMarked(field));
  return isEachKnown && !isAnyMarked ? places[0]?.join('.') : undefined;
}

function differing(right: unknown, wrong: unknown, path: readonly string[]): (readonly string[])[] {
  if (!isObject(right) || !isObject(wrong)) return right === wrong ? [] : [path];
  const keys = new Set([...Object.keys(right), ...Object.keys(wrong)]);
  return [...keys].flatMap((key) => differing(right[key], wrong[key], [...path, key]));
}

/** The schema of a field, if its path only leads through objects with named fields. */
function fieldAt(schema: unknown, path: readonly string[]): v.GenericSchema | undefined {
  const bare = unwrapped(schema);
  const [key, ...rest] = path;
  if (key === undefined) return isSchema(bare) ? bare : undefined;
  const entries = isObject(bare) ? bare['entries'] : undefined;
  return isObject(entries) ? fieldAt(entries[key], rest) : undefined;
}

/** The schema inside `optional`, `nullable` and other wrappers. */
function unwrapped(schema: unknown): unknown {
  return isObject(schema) && isObject(schema['wrapped']) ? unwrapped(schema['wrapped']) : schema;
}

const isSchema = (value: unknown): value is v.GenericSchema =>
  isObject(value) && value['kind'] === 'schema';

const isMarked = (field: v.GenericSchema) => v.getMetadata(field)['secret'] === true;
