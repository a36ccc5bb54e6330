import { timeZonesOfAreaCode } from '@finaz-telephony/core/host';
import { Temporal } from 'temporal-polyfill';

/** Beginning and end, in minutes since midnight. */
export interface DayHours {
  readonly from: number;
  readonly to: number;
}

/** When people may be called, in the local time of their area code. On a day without hours, nobody is called. */
export interface CallingHours {
  readonly weekdays: DayHours | undefined;
  readonly saturday: DayHours | undefined;
  readonly sunday: DayHours | undefined;
  /** Days on which nobody is called, as `2026-12-25`. */
  readonly holidays: ReadonlySet<string>;
}

const minutesOf = (time: string): number => {
  const [hours = '', minutes = ''] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
};

/** `08:00-20:00`; `undefined` for anything else, and if the end is not after the beginning. */
export function parseDayHours(text: string): DayHours | undefined {
  const match = /^((?:[01]\d|2[0-3]):[0-5]\d)\s*-\s*((?:[01]\d|2[0-3]):[0-5]\d|24:00)$/.exec(text);
  if (!match) return undefined;
  const [, from = '', to = ''] = match;
  const hours = { from: minutesOf(from), to: minutesOf(to) };
  return hours.from < hours.to ? hours : undefined;
}

/** How many days ahead hours are looked for: some zones never have hours in common. */
const daysAhead = 15;

/**
 * The first moment, `at` or later, at which all numbers of these area codes may be called. An area code that spans two zones needs both inside
 * (docs/numbering.md).
 *
 * @returns `undefined` if there is no such moment within two weeks
 */
export function opensAt(
  hours: CallingHours,
  areaCodes: Iterable<string>,
  at: number,
): number | undefined {
  const zones = new Set<string>();
  for (const areaCode of areaCodes) {
    for (const zone of timeZonesOfAreaCode(areaCode)) zones.add(zone);
  }
  const latest = at + daysAhead * 86_400_000;
  let moment = at;
  for (;;) {
    let later = moment;
    for (const zone of zones) {
      const open = opensInZone(hours, zone, moment);
      if (open === undefined || open > latest) return undefined;
      later = Math.max(later, open);
    }
    if (later === moment) return moment;
    moment = later;
  }
}

function opensInZone(hours: CallingHours, zone: string, at: number): number | undefined {
  const local = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(zone);
  let day = local.toPlainDate();
  for (let ahead = 0; ahead <= daysAhead; ahead += 1) {
    const open = hoursOf(hours, day);
    if (open) {
      if (at < momentOf(day, open.to, zone)) return Math.max(at, momentOf(day, open.from, zone));
    }
    day = day.add({ days: 1 });
  }
  return undefined;
}

function hoursOf(hours: CallingHours, day: Temporal.PlainDate): DayHours | undefined {
  if (hours.holidays.has(day.toString())) return undefined;
  if (day.dayOfWeek === 7) return hours.sunday;
  return day.dayOfWeek === 6 ? hours.saturday : hours.weekdays;
}

function momentOf(day: Temporal.PlainDate, minutes: number, zone: string): number {
  const midnight = day.toZonedDateTime({ timeZone: zone, plainTime: '00:00' });
  // Local time, not time since midnight: 08:00 is 08:00 on a day of 23 hours too.
  return minutes === 24 * 60
    ? midnight.add({ days: 1 }).epochMilliseconds
    : midnight.withPlainTime({ hour: Math.floor(minutes / 60), minute: minutes % 60 })
        .epochMilliseconds;
}

/** The start of the day of `at` in the zone, or of a later day. */
export function startOfDay(at: number, zone: string, daysLater = 0): number {
  return Temporal.Instant.fromEpochMilliseconds(at)
    .toZonedDateTimeISO(zone)
    .add({ days: daysLater })
    .startOfDay().epochMilliseconds;
}
