/** A moment as the PBX writes it: in UTC, with microseconds. */
export const utc = (at: number): string => new Date(at).toISOString().replace('Z', '075Z');

/** `PT1M12.4S`. */
export function duration(ms: number): string {
  const seconds = ms / 1000;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = Number((seconds % 60).toFixed(3));
  const parts = [hours > 0 && `${hours}H`, minutes > 0 && `${minutes}M`, `${rest}S`];
  return `PT${parts.filter((part) => part !== false).join('')}`;
}
