/** Represents a parameter that the caller did not send, until `default` gives another value or it is written somewhere. */
export const missingParameter: unique symbol = Symbol('missing parameter');

/** A value as a person would write it: absent and null are empty, lists and objects are JSON. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  if (value instanceof Date) return value.toISOString();
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint')
    return String(value);
  return JSON.stringify(value) ?? '';
}

/** Only own properties are read: a document cannot reach what every object inherits. */
export function ownOf(value: object, key: string): unknown {
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

const isRecord = (value: object): value is Readonly<Record<string, unknown>> => value !== null;

/** Absent, null, false, the empty text and the empty list are false; everything else, including 0, is true. */
export function isTrue(value: unknown): boolean {
  return !isEmpty(value) && value !== false;
}

export function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === missingParameter;
}

export function isEmpty(value: unknown): boolean {
  return isAbsent(value) || value === '' || (Array.isArray(value) && value.length === 0);
}
