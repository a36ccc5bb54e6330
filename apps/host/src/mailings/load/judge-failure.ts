import type { TelephonyError } from '@finaz-telephony/core';

/**
 * What a failed exchange means for its contacts and for the load.
 *
 * - `contact`: the telephone system said no to these contacts; the load goes on
 * - `again`: nothing was taken, or sending again is safe; they are sent again after a pause
 * - `doubt`: nobody knows whether they were taken
 * - `stop`: no contact can be loaded as things are; these were not taken
 */
export type Verdict = 'contact' | 'again' | 'doubt' | 'stop';

/** Nothing that has left is sent again, unless the vendor keeps a single entry per contact, or answered that it did nothing (too many requests, no access). */
export function judgeFailure(error: TelephonyError, isRepeatable: boolean): Verdict {
  const { code, delivery } = error;
  if (delivery === 'unknown') return isRepeatable ? 'again' : 'doubt';
  if (code === 'auth_failed' || code === 'invalid_config' || code === 'feature_off') return 'stop';
  if (code === 'address_blocked' || code === 'internal') return 'stop';
  if (delivery === 'not_sent') return code === 'invalid_input' ? 'contact' : 'again';
  if (code === 'rate_limited') return 'again';
  if (code === 'unavailable') return isRepeatable ? 'again' : 'contact';
  return 'contact';
}

/** After so many failures in a row that are not the contact's own fault, the load stops: with the telephone system down, every contact would fail. */
export const mostFailuresInARow = 20;

const longestPauseMs = 60_000;
/** The pause no longer grows after so many failures in a row. */
export const mostGrowth = 6;

/** The pause before the next try: what the vendor asks for, otherwise longer with each failure in a row. */
export function pauseMs(error: TelephonyError, failuresInARow: number): number {
  return Math.min(
    error.retryAfterMs ?? 500 * 2 ** Math.min(failuresInARow, mostGrowth),
    longestPauseMs,
  );
}
