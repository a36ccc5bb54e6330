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

const isoMoment =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s*(Z|[+-]\d{2}:?\d{2})?)?$/;

/** A vendor's time (ISO 8601) as an instant: with an offset it is taken as it is, without one it is local time of the zone, a day alone its midnight. */
export function parseInstant(text: string, timeZone: string): Date | undefined {
  const match = isoMoment.exec(text.trim());
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

const parts: Readonly<Record<string, string>> = {
  yyyy: '(?<yyyy>\\d{4})',
  yy: '(?<yy>\\d{2})',
  MM: '(?<MM>\\d{1,2})',
  dd: '(?<dd>\\d{1,2})',
  HH: '(?<HH>\\d{1,2})',
  mm: '(?<mm>\\d{2})',
  ss: '(?<ss>\\d{2})',
};
const readers = new Map<string, RegExp>();

/** Built of fixed parts between literal text, each bounded: linear whatever the vendor sends. */
function readerOf(format: string): RegExp {
  const known = readers.get(format);
  if (known) return known;
  const pattern = format
    .split(/(yyyy|yy|MM|dd|HH|mm|ss)/)
    .map((piece) =>
      Object.hasOwn(parts, piece) ? parts[piece] : piece.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'),
    )
    .join('');
  const made = new RegExp(`^${pattern}$`);
  if (readers.size > 500) readers.clear();
  readers.set(format, made);
  return made;
}

/**
 * A vendor's time as an instant: the first of these formats that fits, each of yyyy, yy, MM, dd, HH, mm, ss and text, or `epoch`, `epochMs`, `iso`. The
 * last one may be a time zone; without it, it is local time of the given zone.
 */
export function parseWritten(
  text: string,
  formats: readonly string[],
  timeZone: string,
): Date | undefined {
  const last = formats.at(-1) ?? '';
  const zone = formats.length > 1 && last.includes('/') && isTimeZone(last) ? last : timeZone;
  const written = text.trim();
  for (const format of formats) {
    const found = readWritten(written, format, zone);
    if (found) return found;
  }
  return undefined;
}

function readWritten(text: string, format: string, zone: string): Date | undefined {
  if (format === 'iso') return parseInstant(text, zone);
  if (format === 'epoch' || format === 'epochMs') {
    if (!/^\d{1,15}(?:\.\d+)?$/.test(text)) return undefined;
    return valid(new Date(Number(text) * (format === 'epoch' ? 1000 : 1)));
  }
  const groups = readerOf(format).exec(text)?.groups;
  if (!groups) return undefined;
  const two = (name: string, otherwise: string) => (groups[name] ?? otherwise).padStart(2, '0');
  const year = groups['yyyy'] ?? (groups['yy'] === undefined ? undefined : `20${groups['yy']}`);
  if (year === undefined) return undefined;
  return parseInstant(
    `${year}-${two('MM', '01')}-${two('dd', '01')}T${two('HH', '00')}:${two('mm', '00')}:${two('ss', '00')}`,
    zone,
  );
}
