import * as v from 'valibot';
import type { WebhookSource } from '../events/webhook-sender.ts';
import type { ResultFetches } from './result-fetches.ts';
import {
  ResultsSummarySchema,
  statusCounts,
  summarize,
  type SummaryDependencies,
} from './summary.ts';

const { entries: summary } = ResultsSummarySchema;

/** What the CRM is told. */
export const ResultsMessageSchema = v.object({
  mailingId: v.string(),
  attempts: summary.attempts,
  outcomes: summary.outcomes,
  matchedByNumber: summary.matchedByNumber,
  foreign: summary.foreign,
  unreadable: summary.unreadable,
  isFinal: v.pipe(
    v.boolean(),
    v.description('The mailing is deactivated, and its last results are there.'),
  ),
  unmappedStatuses: v.array(v.object({ status: v.string(), attempts: v.number() })),
  resultsUrl: v.string(),
});

export interface ResultsWebhookDependencies extends SummaryDependencies {
  readonly fetches: ResultFetches;
}

/**
 * A delivery is of one fetch, so that a later one tells anew. Whether that one ends the mailing stands in it: where the message waits, the mailing may be deactivated
 * meanwhile, and its last results are not there yet.
 */
export const resultsSubject = (mailingId: string, fetchId: string, isFinal: boolean) =>
  `${mailingId}/${fetchId}/${isFinal ? 'final' : 'meanwhile'}`;

/** `mailing.results`: the results of a mailing are there, with their counts; the attempts themselves are fetched. */
export function resultsWebhook(dependencies: ResultsWebhookDependencies): WebhookSource {
  const { fetches, attempts, statuses } = dependencies;
  return async (tenant, subject) => {
    const [mailingId = '', fetchId = '', end] = subject.split('/');
    const results = await fetches.find(mailingId);
    if (results?.tenantId !== tenant.id) return undefined;
    const counts = await summarize(dependencies, tenant, mailingId, results);
    const words = statusCounts(await statuses.read(tenant), await attempts.counts(results.ref));
    return {
      id: fetchId,
      at: results.fetchedAt ?? results.createdAt,
      data: {
        mailingId,
        attempts: counts.attempts,
        outcomes: counts.outcomes,
        matchedByNumber: counts.matchedByNumber,
        foreign: counts.foreign,
        unreadable: counts.unreadable,
        // In those from before it stood there, as it is now.
        isFinal: end === undefined ? results.isFinal : end === 'final',
        unmappedStatuses: words
          .filter(({ mapped }) => !mapped)
          .slice(0, 50)
          .map(({ status, attempts: count }) => ({ status, attempts: count })),
        resultsUrl: `/v1/tenants/${encodeURIComponent(tenant.id)}/mailings/${mailingId}/results`,
      },
    };
  };
}
