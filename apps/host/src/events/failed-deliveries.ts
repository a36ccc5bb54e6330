import type { Logger } from '@finaz-telephony/core';

/** Tells the log of a delivery that has failed. */
type TellFailed = (tenantId: string, fields: Readonly<Record<string, unknown>>) => void;

const quietMs = 60_000;
const mostTold = 5000;

interface Told {
  readonly at: number;
  /** Failures since then, of which the log does not tell each. */
  others: number;
}

/**
 * Of each company one a minute, with the number of those since the one before: while the server of the CRM is down, every message of every company fails time and
 * again, and the log would hold hardly anything else. Metrics count all of them, and each stands in the log of exchanges.
 */
export function failedDeliveries(logger: Logger, now: () => number): TellFailed {
  const told = new Map<string, Told>();
  return (tenantId, fields) => {
    const at = now();
    const before = told.get(tenantId);
    if (before && at - before.at < quietMs) {
      before.others += 1;
      return;
    }
    if (told.size >= mostTold) told.clear();
    told.set(tenantId, { at, others: 0 });
    logger.warn(
      { tenant: tenantId, ...fields, ...(before && { othersBefore: before.others }) },
      'a webhook was not delivered',
    );
  };
}
