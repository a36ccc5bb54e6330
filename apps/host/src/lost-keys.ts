import { ParametersSchema } from '@finaz-telephony/core/host';
import * as v from 'valibot';

/** Valibot drops these keys from records, to protect their prototype: values under them would be lost silently. */
const names: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);

export const isLostKey = (name: string): boolean => names.has(name);

const message = 'no value can have this name; choose another one';

interface LostKey {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Finds such keys in parsed JSON or YAML. */
export function lostKeys(value: unknown, path: LostKey['path'] = []): LostKey[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => lostKeys(item, [...path, index]));
  return Object.entries(value).flatMap(([key, item]) =>
    isLostKey(key) ? [{ path: [...path, key], message }] : lostKeys(item, [...path, key]),
  );
}

const lostIn = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null ? Object.keys(value).find(isLostKey) : undefined;

/** The parameters of a contact or mailing; refuses keys that would be lost. */
export const KeptParametersSchema = v.pipe(
  v.unknown(),
  v.check((value) => !Array.isArray(value), 'must be an object, and is a list'),
  v.check(
    (value) => lostIn(value) === undefined,
    ({ input }) => `no parameter can have the name "${lostIn(input)}"; choose another one`,
  ),
  ParametersSchema,
);
