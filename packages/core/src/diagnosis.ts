import * as v from 'valibot';
import type { AdapterContext } from './context.ts';

/** The result of one check on the vendor's side. */
export interface Finding {
  /** Short, stable name of the check, such as `ami-rights` or `queue`. Scripts may rely on it. */
  readonly check: string;
  /** `warning`: works, but not as it should, or could not be checked. `broken`: some feature does not work. */
  readonly state: 'ok' | 'warning' | 'broken';
  /** The result in one sentence. No secret, no personal data. */
  readonly message: string;
  /** What to write or to run, and where. Present unless `ok`. */
  readonly mend?: string | undefined;
}

/** The form of a {@link Finding}: checked for authors without types, and shown in the API. */
export const FindingSchema = v.object({
  check: v.pipe(v.string(), v.nonEmpty('it is empty')),
  state: v.picklist(['ok', 'warning', 'broken']),
  message: v.pipe(v.string(), v.nonEmpty('it is empty')),
  mend: v.optional(v.string()),
});

/**
 * Creates a {@link Finding}, with a function for each state: one that is not `ok` must say how to fix it.
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
 * Checks the vendor's system and reports what is wrong with it, one finding after the other. It may write and remove things of its own there, but never
 * dials, loads or changes what serves the company. Findings are yielded, not thrown: an unreachable system is a finding.
 */
export type Diagnose = (context: AdapterContext) => AsyncIterable<Finding>;
