import type { Logger } from '@finaz-telephony/core';

/** What is told, with the company that it is of where it is one's own. */
export interface TroubleFields {
  readonly tenant?: string;
  readonly connection?: string;
  readonly code?: string;
  readonly [field: string]: unknown;
}

/** Tells the log of a trouble that comes again and again. */
export type TellSeldom = (fields: TroubleFields, message: string) => void;

const quietMs = 60_000;
const mostTold = 5000;

interface Told {
  readonly at: number;
  /** How often it came since then without a line of its own. */
  others: number;
}

export interface TellSeldomOptions {
  readonly level?: 'warn' | 'error';
  /** A monotonic clock: if it were set back, nothing would be logged for that long. */
  readonly now?: () => number;
}

/**
 * Of each trouble of each company, by its connection and code where it has them, one line a minute, with how often it came since the one before
 * (`othersBefore`): while the store is away, or the server of the CRM, the log would hold hardly anything else.
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
