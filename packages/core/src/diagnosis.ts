import * as v from 'valibot';
import type { AdapterContext } from './context.ts';

/** One thing that was looked at on the vendor's side. */
export interface Finding {
  /** What was looked at: a short, stable name such as `ami-rights` or `queue`. Scripts may rely on it. */
  readonly check: string;
  /** `warning`: works, but not as it should, or could not be looked at. `broken`: some feature does not work. */
  readonly state: 'ok' | 'warning' | 'broken';
  /** What is so, in one sentence. No secret, no personal data. */
  readonly message: string;
  /** What to write or to run, and where. Present unless `ok`. */
  readonly mend?: string | undefined;
}

/** The form of a {@link Finding}, for authors whom no compiler tells. */
export const FindingSchema = v.object({
  check: v.pipe(v.string(), v.nonEmpty('it is empty')),
  state: v.picklist(['ok', 'warning', 'broken']),
  message: v.pipe(v.string(), v.nonEmpty('it is empty')),
  mend: v.optional(v.string()),
});

/**
 * Makes a {@link Finding}, with a function for each state: one that is not `ok` must say how it is mended.
 *
 * @example
 * yield finding.broken('login', 'Acme does not take the API key.', 'make a new one: Acme, Settings, API');
 */
export const finding = {
  ok: (check: string, message: string): Finding => ({ check, state: 'ok', message }),
  warning: (check: string, message: string, mend: string): Finding => ({
    check,
    state: 'warning',
    message,
    mend,
  }),
  broken: (check: string, message: string, mend: string): Finding => ({
    check,
    state: 'broken',
    message,
    mend,
  }),
};

/**
 * Looks at the vendor's system and says what is wrong with it, one finding after the other. It may write and remove things of its own there, but never
 * dials, loads or changes what serves the company. What it finds is returned, not thrown: an unreachable system is a finding.
 */
export type Diagnose = (context: AdapterContext) => AsyncIterable<Finding>;
