/**
 * Settings overriding those of a profile: objects are merged key by key, everything else replaces what was there, and `null` removes it.
 * Lists are replaced whole: half a list of rules has no meaning.
 */
export function mergeSettings(profile: unknown, own: unknown): unknown {
  if (!isObject(own)) return own;
  const merged = new Map(isObject(profile) ? Object.entries(profile) : []);
  for (const [key, value] of Object.entries(own)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergeSettings(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
