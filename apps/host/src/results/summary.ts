import { OutcomeSchema, type Outcome } from '@finaz-telephony/core';
import { outcomes } from '@finaz-telephony/core/host';
import * as v from 'valibot';
import type { Tenant } from '../tenants/tenant.ts';
import type { AttemptCountTable } from '../store/schema.ts';
import type { AttemptStore } from './attempt-store.ts';
import type { MailingResults } from './mailing-results.ts';
import type { ResultFetches } from './result-fetches.ts';
import type { StatusStore, VendorStatuses } from './vendor-statuses.ts';

/** A status of the vendor with the outcome that it is mapped to, and the number of attempts that have it. */
export const StatusCountSchema = v.pipe(
  v.object({
    connection: v.string(),
    status: v.pipe(v.string(), v.description('The status in the words of the vendor.')),
    outcome: OutcomeSchema,
    mapped: v.pipe(
      v.boolean(),
      v.description(
        '`false`: the settings of the connection do not map this status, so its outcome is `unknown`.',
      ),
    ),
    attempts: v.number(),
  }),
  v.metadata({ ref: 'VendorStatus' }),
);
export type StatusCount = v.InferOutput<typeof StatusCountSchema>;

export const ResultsSummarySchema = v.pipe(
  v.object({
    mailingId: v.string(),
    state: v.pipe(
      v.picklist(['none', 'waiting', 'fetching', 'complete', 'failed']),
      v.description(
        'State of the fetch. `failed`: earlier results are kept; see `error` and `nextFetchAt`.',
      ),
    ),
    attempts: v.pipe(v.number(), v.description('Attempts to reach contacts of this mailing.')),
    outcomes: v.record(v.string(), v.number()),
    matchedByNumber: v.pipe(
      v.number(),
      v.description('Attempts without a contact id whose number is that of exactly one contact.'),
    ),
    foreign: v.pipe(
      v.number(),
      v.description('Attempts that match no contact of this mailing, counted apart.'),
    ),
    unmapped: v.pipe(
      v.number(),
      v.description('Attempts with a status that is not mapped to an outcome yet.'),
    ),
    unreadable: v.number(),
    unreadableRows: v.pipe(
      v.array(v.object({ position: v.number(), reason: v.string() })),
      v.description('The first unreadable rows of the last fetch.'),
    ),
    outsidePeriod: v.pipe(
      v.number(),
      v.description(
        'Rows of the last fetch that are left out because their time is outside the period of this mailing. If all rows are, check the time zone of `fields.at`.',
      ),
    ),
    period: v.optional(v.object({ from: v.string(), to: v.string() })),
    fetchedAt: v.optional(v.string()),
    nextFetchAt: v.optional(v.string()),
    error: v.optional(
      v.object({
        code: v.string(),
        message: v.string(),
        hint: v.optional(v.string()),
        vendorMessage: v.optional(v.string()),
      }),
    ),
  }),
  v.metadata({ ref: 'ResultsSummary' }),
);
export type ResultsSummary = v.InferOutput<typeof ResultsSummarySchema>;

/** The stores that hold the results of mailings. */
export interface ResultStores {
  readonly attempts: AttemptStore;
  readonly statuses: StatusStore;
  readonly fetches: ResultFetches;
}

/** The results of a mailing as counts, which the store keeps up to date, so that ten million attempts cost no more to read than ten. */
export interface CountedResults {
  /** The state of their fetch; `undefined` if nobody has asked for results. */
  readonly results: MailingResults | undefined;
  readonly counts: readonly AttemptCountTable[];
  /** All statuses of the company's telephone systems. */
  readonly statuses: VendorStatuses;
}

export async function countedResults(
  { fetches, attempts, statuses }: ResultStores,
  tenant: Tenant,
  mailingId: string,
): Promise<CountedResults> {
  const results = await fetches.find(mailingId);
  const counts = results ? await attempts.counts(results.ref) : [];
  return { results, counts, statuses: await statuses.read(tenant) };
}

const iso = (at: number) => new Date(at).toISOString();

export function summarize(
  mailingId: string,
  { results, counts, statuses }: CountedResults,
): ResultsSummary {
  const byOutcome: Partial<Record<Outcome, number>> = {};
  const totals = { attempts: 0, matchedByNumber: 0, foreign: 0, unmapped: 0 };
  for (const { status, matched_by, count } of counts) {
    if (matched_by === 'none') {
      totals.foreign += count;
      continue;
    }
    const outcome = statuses.byId(status)?.outcome ?? 'unknown';
    byOutcome[outcome] = (byOutcome[outcome] ?? 0) + count;
    totals.attempts += count;
    if (matched_by === 'number') totals.matchedByNumber += count;
    if (outcome === 'unknown') totals.unmapped += count;
  }
  return {
    mailingId,
    state: results?.state ?? 'none',
    ...totals,
    outcomes: Object.fromEntries(
      outcomes.flatMap((outcome) => {
        const count = byOutcome[outcome] ?? 0;
        return count === 0 ? [] : [[outcome, count]];
      }),
    ),
    unreadable: results?.unreadable ?? 0,
    unreadableRows: [...(results?.unreadableSample ?? [])],
    outsidePeriod: results?.outside ?? 0,
    ...(results?.period && {
      period: { from: iso(results.period.from), to: iso(results.period.to) },
    }),
    ...(results?.fetchedAt !== undefined && { fetchedAt: iso(results.fetchedAt) }),
    ...(results?.nextAt !== undefined && { nextFetchAt: iso(results.nextAt) }),
    ...(results?.error && { error: { ...results.error } }),
  };
}

/** The vendor's statuses with their counts, the most frequent first; a person should look at those without a mapping. */
export function statusCounts({
  statuses,
  counts,
}: {
  readonly statuses: VendorStatuses;
  readonly counts: readonly Pick<AttemptCountTable, 'status' | 'count'>[];
}): StatusCount[] {
  const byStatus = new Map<number, number>();
  for (const { status, count } of counts) byStatus.set(status, (byStatus.get(status) ?? 0) + count);
  return statuses.all
    .map(({ id, connection, status, outcome }) => ({
      connection,
      status,
      outcome,
      mapped: outcome !== 'unknown',
      attempts: byStatus.get(id) ?? 0,
    }))
    .filter(({ attempts }) => attempts > 0)
    .toSorted((left, right) => right.attempts - left.attempts);
}
