import * as v from 'valibot';
import type { WebhookSource } from '../events/deliver-webhook.ts';
import {
  countedResults,
  ResultsSummarySchema,
  statusCounts,
  summarize,
  type ResultStores,
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

/**
 * One delivery for each fetch, so that a later fetch is announced anew. The subject says whether the fetch ends the mailing: while the message waits, the
 * mailing may be deactivated, and its last results are not there yet.
 */
export const resultsSubject = (mailingId: string, fetchId: string, isFinal: boolean) =>
  `${mailingId}/${fetchId}/${isFinal ? 'final' : 'meanwhile'}`;

/** `mailing.results`: the results of a mailing are there, with their counts; the attempts themselves are fetched. */
export function resultsWebhook(stores: ResultStores): WebhookSource {
  return async (tenant, subject) => {
    const [mailingId = '', fetchId = '', end] = subject.split('/');
    const counted = await countedResults(stores, tenant, mailingId);
    const { results } = counted;
    if (results?.tenantId !== tenant.id) return undefined;
    const summarized = summarize(mailingId, counted);
    return {
      id: fetchId,
      at: results.fetchedAt ?? results.createdAt,
      data: {
        mailingId,
        attempts: summarized.attempts,
        outcomes: summarized.outcomes,
        matchedByNumber: summarized.matchedByNumber,
        foreign: summarized.foreign,
        unreadable: summarized.unreadable,
        // Subjects of an earlier version do not say it: then as it is now.
        isFinal: end === undefined ? results.isFinal : end === 'final',
        unmappedStatuses: statusCounts(counted)
          .filter(({ mapped }) => !mapped)
          .slice(0, 50)
          .map(({ status, attempts }) => ({ status, attempts })),
        resultsUrl: `/v1/tenants/${encodeURIComponent(tenant.id)}/mailings/${mailingId}/results`,
      },
    };
  };
}
