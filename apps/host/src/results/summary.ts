import { OutcomeSchema, type Outcome } from '@finaz-telephony/core';
import { outcomes } from '@finaz-telephony/core/host';
import * as v from 'valibot';
import type { Tenant } from '../tenants/tenant.ts';
import type { AttemptCountTable } from '../store/schema.ts';
import type { AttemptStore } from './attempt-store.ts';
import type { MailingResults } from './mailing-results.ts';
import type { ResultFetches } from './result-fetches.ts';
import type { StatusStore, VendorStatuses } from './vendor-statuses.ts';

/** A status of the vendor with what it means, and how often it came. */
export const StatusCountSchema = v.pipe(
  v.object({
    connection: v.string(),
    status: v.pipe(v.string(), v.description("The vendor's own word.")),
    outcome: OutcomeSchema,
    mapped: v.pipe(
      v.boolean(),
      v.description(
        'False: the settings of the connection do not name it, so its outcome is unknown.',
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
        'Of the fetching. `failed`: what came before is kept; see error and nextFetchAt.',
      ),
    ),
    attempts: v.pipe(v.number(), v.description('Of contacts of this mailing.')),
    outcomes: v.record(v.string(), v.number()),
    matchedByNumber: v.pipe(
      v.number(),
      v.description('Without a contact id; their number is that of exactly one contact.'),
    ),
    foreign: v.pipe(
      v.number(),
      v.description('Kept apart: of contacts that are none of this mailing.'),
    ),
    unmapped: v.pipe(v.number(), v.description('With a status that has no mapping yet.')),
    unreadable: v.number(),
    unreadableRows: v.pipe(
      v.array(v.object({ position: v.number(), reason: v.string() })),
      v.description('The first of the last fetch.'),
    ),
    outsidePeriod: v.pipe(
      v.number(),
      v.description(
        'Rows of the last fetch of another time than this mailing, which are left out. All of them: look at the time zone of `fields.at`.',
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

/** The results of a mailing by counts that are kept with them: the same cost for ten attempts and for ten million. */
export interface CountedResults {
  /** Where their fetching stands; `undefined` where nobody has asked for them. */
  readonly results: MailingResults | undefined;
  readonly counts: readonly AttemptCountTable[];
  /** All words of the company's telephone systems. */
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

/** The vendor's words with their counts, the most frequent first; those without a mapping are what a person should look at. */
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
