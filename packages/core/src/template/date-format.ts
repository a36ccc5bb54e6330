import { textOf } from './value.ts';

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'longOffset',
  });
  formatters.set(timeZone, made);
  return made;
}

export function isTimeZone(name: string): boolean {
  try {
    formatterOf(name);
    return true;
  } catch {
    return false;
  }
}

interface LocalTime {
  readonly yyyy: string;
  readonly MM: string;
  readonly dd: string;
  readonly HH: string;
  readonly mm: string;
  readonly ss: string;
  /** `-03:00` */
  readonly offset: string;
}

function localTime(at: Date, timeZone: string): LocalTime {
  const parts = Object.fromEntries(
    formatterOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const offset = (parts['timeZoneName'] ?? 'GMT').replace('GMT', '');
  return {
    yyyy: (parts['year'] ?? '').padStart(4, '0'),
    MM: parts['month'] ?? '',
    dd: parts['day'] ?? '',
    HH: parts['hour'] ?? '',
    mm: parts['minute'] ?? '',
    ss: parts['second'] ?? '',
    offset: offset === '' ? '+00:00' : offset,
  };
}

/**
 * A moment as a vendor wants it: `iso`, `epoch` (seconds), `epochMs`, or a pattern of yyyy, MM, dd, HH, mm, ss and XXX (the offset), in the given zone.
 * An empty text for what is no moment, or in no zone.
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
  return format.replace(/yyyy|MM|dd|HH|mm|ss|XXX/g, (token) => {
    if (token === 'XXX') return local.offset;
    return token === 'yyyy' ||
      token === 'MM' ||
      token === 'dd' ||
      token === 'HH' ||
      token === 'mm' ||
      token === 'ss'
      ? local[token]
      : token;
  });
}

function toMoment(value: unknown, timeZone: string): Date | undefined {
  if (value instanceof Date) return valid(value);
  if (typeof value === 'number') return valid(new Date(value));
  return parseInstant(textOf(value), timeZone);
}

function valid(date: Date): Date | undefined {
  return Number.isNaN(date.getTime()) ? undefined : date;
}

const written =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s*(Z|[+-]\d{2}:?\d{2})?)?$/;

/** A vendor's time (ISO 8601) as an instant: with an offset it is taken as it is, without one it is local time of the zone, a day alone its midnight. */
export function parseInstant(text: string, timeZone: string): Date | undefined {
  const match = written.exec(text.trim());
  if (!match) return undefined;
  const [, day = '', time = '00:00', zone] = match;
  // The platform reads 31 February as 3 March.
  if (
    valid(new Date(`${day}T00:00Z`))
      ?.toISOString()
      .slice(0, 10) !== day
  )
    return undefined;
  const instant = (offset: string) => valid(new Date(`${day}T${time}${offset}`));
  if (zone !== undefined) return instant(zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2'));
  const assumed = instant('Z');
  const guess = assumed && instant(localTime(assumed, timeZone).offset);
  // The offset at the moment itself decides, where a change of offset lies between the two.
  return guess && instant(localTime(guess, timeZone).offset);
}
