import { instantOf, isTimeZone } from './time-zone.ts';

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

export function valid(date: Date): Date | undefined {
  return Number.isNaN(date.getTime()) ? undefined : date;
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

/** `0` if this is not the name of a month; `calendar` refuses it. */
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
 * last of them may be a time zone; otherwise the text is local time of the given zone.
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
