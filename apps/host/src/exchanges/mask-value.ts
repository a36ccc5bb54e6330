import type { Masker } from './mask.ts';
import { mask } from './stand-in.ts';

/** Masks a structure, including fields by their names. A number that is masked becomes a string. */
export function maskValue(masker: Masker, value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => maskValue(masker, item, key));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, item]: [string, unknown]) => [
        masker.text(name),
        maskValue(masker, item, name),
      ]),
    );
  }
  if (typeof value !== 'string' && typeof value !== 'number') return value;
  const shown = maskText(masker, String(value), key);
  return shown === String(value) ? value : shown;
}

/** Masks the text as a field of JSON, so that the field's name counts. */
function maskText(masker: Masker, text: string, key: string): string {
  const masked = masker.text(JSON.stringify({ [key]: text }));
  try {
    const [shown]: unknown[] = Object.values(JSON.parse(masked));
    return typeof shown === 'string' ? shown : mask;
  } catch {
    return mask;
  }
}
