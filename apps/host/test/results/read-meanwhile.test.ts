import type { ReportedAttempt } from '@finaz-telephony/core';
import { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import type { HostEnv } from '../../src/http/host-env.ts';
import { silentLogger } from '../../src/logger.ts';
import { createAttemptRoutes } from '../../src/results/attempt-routes.ts';
import { openResults } from '../support/open-results.ts';

const PageShape = v.object({
  attempts: v.array(v.looseObject({ callId: v.string(), outcome: v.string() })),
  next: v.string(),
});

let results: Awaited<ReturnType<typeof openResults>>;
beforeEach(async () => {
  results = await openResults({ '7001': ['+5541999990001'] });
  results.setOutcomes({ BUSY: 'busy', LATER: 'voicemail' });
});
afterEach(() => results.close());

const attempt = (callId: string, vendorStatus = 'BUSY'): ReportedAttempt => ({
  contactId: '7001',
  areaCode: '41',
  number: '999990001',
  at: '2026-11-24T12:00:00.000Z',
  outcome: 'unknown',
  vendorStatus,
  callId,
});

/** The routes; calls `meanwhile` once, when the vendor's status words have been read for the first time. */
function routesWith(meanwhile: () => Promise<unknown>): Hono<HostEnv> {
  const { attempts, statuses, fetches, tenant } = results;
  let isFirst = true;
  const app = new Hono<HostEnv>();
  app.use(async (context, next) => {
    context.set('tenant', tenant);
    await next();
  });
  app.route(
    '/',
    createAttemptRoutes({
      logger: silentLogger,
      attempts,
      fetches,
      statuses: {
        ...statuses,
        async read(of) {
          const words = await statuses.read(of);
          if (isFirst) await meanwhile();
          isFirst = false;
          return words;
        },
      },
      mailingOf: async () => ({ id: 'm-1', ref: 1, cleared_at: 1, connection: null }),
    }),
  );
  return app;
}

const path = '/mailings/m-1/results';

describe('results read while a fetch stores a new status word', () => {
  const fetchMore = () => results.fetch([attempt('z-1', 'LATER'), attempt('z-2')]);

  it.each(['', 'outcome=busy&outcome=voicemail&'])(
    'are complete for a reader of page after page, each with its outcome: %s',
    async (filter) => {
      await results.fetch([attempt('c-1')]);
      const app = routesWith(fetchMore);
      const seen: string[] = [];
      let after = '0';
      for (let page = 0; page < 3; page += 1) {
        const response = await app.request(`${path}?${filter}after=${after}`);
        const { attempts, next } = v.parse(PageShape, await response.json());
        seen.push(...attempts.map(({ callId, outcome }) => `${callId} ${outcome}`));
        after = next;
      }
      expect(seen).toEqual(['c-1 busy', 'z-1 voicemail', 'z-2 busy']);
    },
  );

  it('are streamed as they were when the stream began', async () => {
    const many = Array.from({ length: 2500 }, (_, index) => attempt(`a-${index}`));
    await results.fetch(many);
    const response = await routesWith(fetchMore).request(path, {
      headers: { Accept: 'application/x-ndjson' },
    });
    const text = await response.text();
    expect(text.trim().split('\n')).toHaveLength(many.length);
    expect(text).not.toContain('unknown');
  });
});
