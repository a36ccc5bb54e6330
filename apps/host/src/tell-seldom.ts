import type { Logger } from '@finaz-telephony/core';

/** The fields of a log line, with the company if the trouble concerns only one. */
export interface TroubleFields {
  readonly tenant?: string;
  readonly connection?: string;
  readonly code?: string;
  readonly [field: string]: unknown;
}

/** Logs a recurring trouble. */
export type TellSeldom = (fields: TroubleFields, message: string) => void;

const quietMs = 60_000;
const mostTold = 5000;

interface Told {
  readonly at: number;
  /** How often the trouble has occurred since then without a log line. */
  others: number;
}

export interface TellSeldomOptions {
  readonly level?: 'warn' | 'error';
  /** A monotonic clock: if it were set back, nothing would be logged for that long. */
  readonly now?: () => number;
}

/**
 * Logs one line a minute for each trouble of each company (and connection and code, if given), with the number of occurrences since the line before
 * (`othersBefore`). Otherwise, while the store or the CRM's server is away, the log would contain hardly anything else.
 */
export function createTellSeldom(
  logger: Logger,
  { level = 'warn', now = () => performance.now() }: TellSeldomOptions = {},
): TellSeldom {
  const told = new Map<string, Told>();
  return (fields, message) => {
    const at = now();
    const { tenant = '', connection = '', code = '' } = fields;
    const trouble = `${tenant} ${connection} ${code} ${message}`;
    const before = told.get(trouble);
    if (before && at - before.at < quietMs) {
      before.others += 1;
      return;
    }
    if (told.size >= mostTold) told.clear();
    told.set(trouble, { at, others: 0 });
    const others = before?.others ?? 0;
    logger[level]({ ...fields, ...(others > 0 && { othersBefore: others }) }, message);
  };
}
