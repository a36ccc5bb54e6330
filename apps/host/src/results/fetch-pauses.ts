const minutes = 60_000;
const longestMs = 60 * minutes;
/**
 * A fetch changes nothing at the vendor, so it is tried again whatever went wrong; after the last pause, a person has to ask for it. If the connection cannot be
 * used at present, the tries go on: until it can be used, nobody can ask, and afterwards nobody may think of it.
 */
const pausesMs = [5_000, 30_000, 2 * minutes, 5 * minutes, 15 * minutes, 30 * minutes].concat(
  Array.from({ length: 24 }, () => longestMs),
);

interface FetchFailure {
  readonly retryAfterMs?: number | undefined;
  /** The connection that tells the results cannot be used as it stands. */
  readonly isUnusable?: boolean;
}

/**
 * The pause before a fetch of results is tried again: at least what the vendor asks for, but at most an hour. A vendor that names a day far ahead would leave
 * the mailing without results.
 *
 * @returns `undefined` once it is tried no more
 */
export function pauseBeforeFetch(
  tries: number,
  { retryAfterMs = 0, isUnusable = false }: FetchFailure = {},
): number | undefined {
  const pause = pausesMs[tries] ?? (isUnusable ? longestMs : undefined);
  return pause && Math.max(pause, Math.min(retryAfterMs, longestMs));
}
