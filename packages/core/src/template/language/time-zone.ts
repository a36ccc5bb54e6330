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

/**
 * How far the clock of a zone is ahead of UTC, in milliseconds. Cached: asking the platform costs more than the rest of a row, and the rows of a report cover
 * few days.
 */
export function offsetAt(at: Date, timeZone: string): number {
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

/** Names that are not time zones: a failed lookup costs as much as a successful one, and `parseDate` would repeat it for each row. */
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

/**
 * The moment at which the clock of a zone shows what `local` shows in UTC. If the offset changes between the two, the offset at the moment itself decides. A
 * time that the clock skips, such as midnight where summer time begins at midnight, is the later of its two readings: the earlier one belongs to the day
 * before.
 */
export function instantOf(local: Date, timeZone: string): Date {
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
