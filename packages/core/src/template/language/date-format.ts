import { parseInstant, valid } from './parse-date.ts';
import { isTimeZone, offsetAt } from './time-zone.ts';
import { textOf } from './value.ts';

/**
 * A moment as a vendor wants it: `iso`, `epoch` (seconds), `epochMs`, or a pattern of yyyy, yy, MM, dd, HH, mm, ss and XXX (the offset), in the given zone.
 * An empty text if the value is not a moment, or the zone not a zone.
 *
 * @param value a `Date`, milliseconds since 1970, or a text as {@link parseInstant} reads it
 */
export function formatDate(value: unknown, format: string, timeZone: string): string {
  if (!isTimeZone(timeZone)) return '';
  const at = toMoment(value, timeZone);
  if (!at) return '';
  if (format === 'iso') return at.toISOString();
  if (format === 'epoch') return String(Math.floor(at.getTime() / 1000));
  if (format === 'epochMs') return String(at.getTime());
  const local = localTime(at, timeZone);
  return format.replace(/yyyy|yy|MM|dd|HH|mm|ss|XXX/g, (letters) => local[letters] ?? letters);
}

function toMoment(value: unknown, timeZone: string): Date | undefined {
  if (value instanceof Date) return valid(value);
  if (typeof value === 'number') return valid(new Date(value));
  return parseInstant(textOf(value), timeZone);
}

/** The parts of a moment by the clock of a zone, by the letters that stand for them. */
function localTime(at: Date, timeZone: string): Readonly<Record<string, string>> {
  const offset = offsetAt(at, timeZone);
  const local = new Date(at.getTime() + offset);
  const two = (number: number) => String(number).padStart(2, '0');
  const minutes = Math.abs(Math.trunc(offset / 60_000));
  const yyyy = String(local.getUTCFullYear()).padStart(4, '0');
  return {
    yyyy,
    yy: yyyy.slice(-2),
    MM: two(local.getUTCMonth() + 1),
    dd: two(local.getUTCDate()),
    HH: two(local.getUTCHours()),
    mm: two(local.getUTCMinutes()),
    ss: two(local.getUTCSeconds()),
    // `-03:00`
    XXX: `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`,
  };
}
