import { textOf } from './value.ts';

/** Offset of a zone in milliseconds, per quarter of an hour: no zone changes its offset in between. */
type Offsets = Map<number, number>;
interface Zone {
  readonly formatter: Intl.DateTimeFormat;
  readonly offsets: Offsets;
}

const zones = new Map<string, Zone>();
const quarterHour = 900_000;

function zoneOf(timeZone: string): Zone {
  const known = zones.get(timeZone);
  if (known) return known;
  const made: Zone = {
    formatter: new Intl.DateTimeFormat('en-GB', { timeZone, timeZoneName: 'longOffset' }),
    offsets: new Map(),
  };
  zones.set(timeZone, made);
  return made;
}

/** Asking the platform costs more than the rest of a row, and the rows of a report cover few days. */
function offsetAt(at: Date, timeZone: string): number {
  const { formatter, offsets } = zoneOf(timeZone);
  const quarter = Math.floor(at.getTime() / quarterHour);
  const known = offsets.get(quarter);
  if (known !== undefined) return known;
  const name = formatter.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours, minutes, seconds = '0'] =
    /GMT([+-])(\d{2}):(\d{2})(?::(\d{2}))?/.exec(name) ?? [];
  const size = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  const offset = sign === undefined ? 0 : sign === '-' ? -size : size;
  if (offsets.size > 10_000) offsets.clear();
  offsets.set(quarter, offset);
  return offset;
}

/** A failed lookup costs as much, and `parseDate` would repeat it for each row. */
const noZones = new Set<string>();

export function isTimeZone(name: string): boolean {
  if (noZones.has(name)) return false;
  try {
    zoneOf(name);
    return true;
  } catch {
    if (noZones.size > 500) noZones.clear();
    noZones.add(name);
    return false;
  }
}

interface LocalTime {
  readonly yyyy: string;
  readonly yy: string;
  readonly MM: string;
  readonly dd: string;
  readonly HH: string;
  readonly mm: string;
  readonly ss: string;
  /** `-03:00` */
  readonly XXX: string;
}

function localTime(at: Date, timeZone: string): LocalTime {
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
    XXX: `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`,
  };
}

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
  return format.replace(/yyyy|yy|MM|dd|HH|mm|ss|XXX/g, (token) =>
    isToken(token) ? local[token] : token,
  );
}

function isToken(token: string): token is keyof LocalTime {
  return ['yyyy', 'yy', 'MM', 'dd', 'HH', 'mm', 'ss', 'XXX'].includes(token);
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
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(?:(Z)|([+-])(\d{2})(?::?(\d{2}))?)?)?$/;

/** A vendor's time (ISO 8601) as an instant: with an offset it is taken as it is; without one it is local time of the zone; a day alone is its midnight. */
export function parseInstant(text: string, timeZone: string): Date | undefined {
  const match = isoMoment.exec(text.trim());
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction, utc, sign, hours, minutes = '0'] =
    match;
  const milliseconds = fraction === undefined ? 0 : Number(fraction.padEnd(3, '0').slice(0, 3));
  const local = calendar(year, month, day, hour, minute, second, milliseconds);
  if (!local || utc !== undefined) return local;
  if (sign === undefined) return instantOf(local, timeZone);
  const size = (Number(hours) * 60 + Number(minutes)) * 60_000;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  return new Date(local.getTime() + (sign === '-' ? size : -size));
}

/** What a calendar and a clock show, read as if in UTC. */
function calendar(
  year: string | undefined,
  month: string | undefined = '1',
  day: string | undefined = '1',
  hour: string | undefined = '0',
  minute: string | undefined = '0',
  second: string | undefined = '0',
  milliseconds = 0,
): Date | undefined {
  const inDay = secondsOf(hour, minute, second);
  const [ofYear, ofMonth, ofDay] = [Number(year), Number(month), Number(day)];
  // Systems write 0001-01-01 for "no date".
  if (inDay === undefined || ofYear < 1000 || ofMonth < 1 || ofMonth > 12) return undefined;
  const midnight = Date.UTC(ofYear, ofMonth - 1, ofDay);
  // The platform reads 31 February as 3 March.
  if (new Date(midnight).getUTCDate() !== ofDay) return undefined;
  return valid(new Date(midnight + inDay * 1000 + milliseconds));
}

function secondsOf(hour: string, minute: string, second: string): number | undefined {
  const [minutes, seconds] = [Number(minute), Number(second)];
  const inDay = Number(hour) * 3600 + minutes * 60 + seconds;
  return minutes > 59 || seconds > 59 || inDay > 86_400 ? undefined : inDay;
}

/**
 * The offset at the moment itself decides, if an offset change lies between the two. A time that the clock skips, such as midnight where summer time begins
 * at midnight, is the later of its two readings: the earlier one belongs to the day before.
 */
function instantOf(local: Date, timeZone: string): Date {
  const guess = new Date(local.getTime() - offsetAt(local, timeZone));
  const offset = offsetAt(guess, timeZone);
  const found = new Date(local.getTime() - offset);
  return found < guess && offsetAt(found, timeZone) !== offset ? guess : found;
}

/** The next midnight after `at` by the clock of the zone, or so many days later. */
export function nextMidnight(at: Date, timeZone: string, days = 1): Date {
  const local = new Date(at.getTime() + offsetAt(at, timeZone));
  local.setUTCHours(24 * days, 0, 0, 0);
  return instantOf(local, timeZone);
}

const parts: Readonly<Record<string, string>> = {
  yyyy: '(?<yyyy>\\d{4})',
  yy: '(?<yy>\\d{2})',
  MMM: '(?<MMM>[A-Za-z]{3})',
  MM: '(?<MM>\\d{1,2})',
  EEE: '[A-Za-zÀ-ÿ]{2,9}',
  dd: '(?<dd>\\d{1,2})',
  HH: '(?<HH>\\d{1,2})',
  mm: '(?<mm>\\d{2})',
  ss: '(?<ss>\\d{2})',
};
const readers = new Map<string, RegExp>();

/** In English and in Portuguese; names that look alike mean the same month or day. */
const months: readonly string[] =
  'jan|feb fev|mar|apr abr|may mai|jun|jul|aug ago|sep set|oct out|nov|dec dez'.split('|');

/** 0 for what is not the name of a month: no calendar has it. */
function monthOf(name: string): string {
  return String(months.findIndex((names) => names.split(' ').includes(name.toLowerCase())) + 1);
}

/** Built of fixed parts and literal text, each bounded: linear whatever the vendor sends. */
function readerOf(format: string): RegExp {
  const known = readers.get(format);
  if (known) return known;
  const pattern = format
    .split(/(yyyy|yy|MMM|MM|EEE|dd|HH|mm|ss)/)
    .map((part) =>
      Object.hasOwn(parts, part) ? parts[part] : part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&'),
    )
    .join('');
  const made = new RegExp(`^${pattern}$`);
  if (readers.size > 500) readers.clear();
  readers.set(format, made);
  return made;
}

/** The last value of `parseDate`, where it is a time zone: "America/Manaus", "UTC", "-03:00". */
export function trailingZone(formats: readonly string[]): string | undefined {
  const last = formats.at(-1);
  return formats.length > 1 && last !== undefined && isTimeZone(last) ? last : undefined;
}

/**
 * A vendor's time as an instant: the first of these formats that fits, each of yyyy, yy, MM, MMM, dd, EEE, HH, mm, ss and text, or `epoch`, `epochMs`, `iso`. The
 * last one may be a time zone; without it, it is local time of the given zone.
 */
export function parseWritten(
  text: string,
  formats: readonly string[],
  timeZone: string,
): Date | undefined {
  const zone = trailingZone(formats) ?? timeZone;
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
  const year = groups['yyyy'] ?? (groups['yy'] === undefined ? undefined : `20${groups['yy']}`);
  if (year === undefined) return undefined;
  const { MMM, dd, HH, mm, ss } = groups;
  const month = MMM === undefined ? groups['MM'] : monthOf(MMM);
  const local = calendar(year, month, dd, HH, mm, ss);
  return local && instantOf(local, zone);
}
