import type { Logger } from '@finaz-telephony/core';
import { CallIdSchema, ContactIdSchema } from '@finaz-telephony/core/host';
import { Hono } from 'hono';
import * as v from 'valibot';
import type { HostEnv } from '../http/host-env.ts';
import { jsonList } from '../http/json-list.ts';
import { described } from '../http/openapi.ts';
import { paging } from '../http/paging.ts';
import { phoneOf } from '../http/phone-of.ts';
import { filterOf, readQuery } from '../http/read-query.ts';
import type { ExchangeLog } from './exchange-log.ts';
import { ShownExchangeSchema } from './shown-exchange.ts';

const ExchangesSchema = v.object({ exchanges: v.array(ShownExchangeSchema) });

/** `Date.parse` alone would accept `1` as a year, and words as a date. */
const isoTime =
  /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})?)?$/;
const before = v.exactOptional(
  v.pipe(
    v.string(),
    v.check(
      (text) => isoTime.test(text) && !Number.isNaN(Date.parse(text)),
      'must be an ISO 8601 time, for example 2026-11-24T12:00:00Z',
    ),
    v.transform((text) => Date.parse(text)),
    v.description('Only older ones: an ISO 8601 time.'),
  ),
);
const exchangesQuery = {
  callId: filterOf(CallIdSchema, 'Exchanges of this call.'),
  attemptId: filterOf(
    v.pipe(v.string(), v.nonEmpty('is empty')),
    'Exchanges of this attempt of ours, for a call that has no id.',
  ),
  phone: phoneOf('Exchanges about this number, in any form with its area code.'),
  contactId: filterOf(ContactIdSchema, 'Exchanges about this contact.'),
  before,
  limit: paging.limit,
};

/** The masked log of exchanges with vendors, under `/v1/tenants/:tenant`. */
export function createExchangeRoutes(exchanges: ExchangeLog, logger: Logger): Hono<HostEnv> {
  const app = new Hono<HostEnv>();
  app.get(
    '/exchanges',
    described({
      id: 'listExchanges',
      tag: 'exchanges',
      summary: 'Search the log of HTTP exchanges with the telephone systems',
      description: 'Masked: no secret, CPF, name or telephone number. The latest first.',
      query: exchangesQuery,
      answers: { 200: { description: 'What was found.', schema: ExchangesSchema } },
    }),
    async (context) => {
      const { phone, ...filter } = readQuery(context, exchangesQuery);
      const tenant = context.get('tenant');
      const found = await exchanges.find(tenant.id, tenant.cipher, {
        ...filter,
        ...(phone !== undefined && { number: phone }),
      });
      return jsonList('exchanges', found, logger);
    },
  );
  return app;
}
