/** `2025-07-01 08:30:00`, as written by systems that do not state their time zone. */
export function localTime(at: number, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(at);
}

/** `2025-07-01T08:30:00-03:00`. */
export function zonedTime(at: number, timeZone: string): string {
  const name = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value;
  const offset = name === undefined || name === 'GMT' ? '+00:00' : name.slice('GMT'.length);
  return `${localTime(at, timeZone).replace(' ', 'T')}${offset}`;
}
