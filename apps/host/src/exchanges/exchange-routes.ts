import { Hono } from 'hono';
import * as v from 'valibot';
import { invalidRequest } from '../http/error-response.ts';
import type { HostEnv } from '../http/host-env.ts';
import { described } from '../http/openapi.ts';
import { limitOf } from '../http/paging.ts';
import { numberOf } from '../http/number-of.ts';
import type { ExchangeLog } from './exchange-log.ts';
import { ShownExchangeSchema } from './shown-exchange.ts';

const ExchangesSchema = v.object({ exchanges: v.array(ShownExchangeSchema) });

/** The masked log of exchanges with vendors, under `/v1/tenants/:tenant`. */
export function createExchangeRoutes(exchanges: ExchangeLog): Hono<HostEnv> {
  const app = new Hono<HostEnv>();
  app.get(
    '/exchanges',
    described({
      tag: 'exchanges',
      summary: 'Search the log of HTTP exchanges with the telephone systems',
      description: 'Masked: no secret, CPF, name or telephone number. The latest first.',
      query: {
        callId: 'Exchanges of this call.',
        attemptId: 'Exchanges of this attempt of ours, for a call that has no id.',
        phone: 'Exchanges about this number, in any form with its area code.',
        contactId: 'Exchanges about this contact.',
        before: 'Only older ones: an ISO 8601 time.',
        limit: '1 to 1000; 100 by default.',
      },
      answers: { 200: { description: 'What was found.', schema: ExchangesSchema } },
    }),
    async (context) => {
      const { callId, attemptId, contactId, phone, before } = context.req.query();
      const tenant = context.get('tenant');
      const found = await exchanges.find(tenant.id, tenant.cipher, {
        limit: limitOf(context.req.query('limit')),
        ...(callId !== undefined && { callId }),
        ...(attemptId !== undefined && { attemptId }),
        ...(contactId !== undefined && { contactId }),
        ...(phone !== undefined && { number: numberOf(phone) }),
        ...(before !== undefined && { before: timeOf(before) }),
      });
      return context.json({ exchanges: found });
    },
  );
  return app;
}

/** `Date.parse` alone would take a `1` for a year, and words for a date. */
const isoTime =
  /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/;

function timeOf(text: string): number {
  const time = isoTime.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw invalidRequest([
      {
        parameter: 'before',
        message: 'must be an ISO 8601 time, for example 2026-11-24T12:00:00Z',
      },
    ]);
  return time;
}
