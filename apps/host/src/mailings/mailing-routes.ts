import { QueueSchema } from '@finaz-telephony/core/host';
import { Hono } from 'hono';
import * as v from 'valibot';
import type { HostContext, HostEnv } from '../http/host-env.ts';
import { described } from '../http/openapi.ts';
import { nextPage, paging } from '../http/paging.ts';
import { filterOf, readQuery, wordOf } from '../http/read-query.ts';
import { eventStream, type StreamEnds } from '../http/event-stream.ts';
import { createIntakeRoutes } from './intake/intake-routes.ts';
import type { LoadDependencies } from './load/load-work.ts';
import { createMailingListRoutes } from './mailing-list-routes.ts';
import type { MailingLists } from './mailing-lists.ts';
import { mailingStates } from './mailing-state.ts';
import { ShownMailingSchema, showMailing } from './show-mailing.ts';
import { mailingOf } from './steer-mailing.ts';
import { createSteerRoutes } from './steer-routes.ts';
import type { IntakeDependencies } from './intake/take-mailing.ts';
import { writeProgress } from './write-progress.ts';

export interface MailingRouteDependencies extends LoadDependencies, IntakeDependencies, StreamEnds {
  readonly lists: MailingLists;
}

const MailingsSchema = v.object({
  mailings: v.array(ShownMailingSchema),
  next: nextPage,
});

const mailingsQuery = {
  state: wordOf(mailingStates, 'Only those in this state.'),
  queue: filterOf(QueueSchema, 'Only those of this queue.'),
  ...paging,
};

/** Mailings on their way into the dialer, under `/v1/tenants/:tenant`. */
export function createMailingRoutes(dependencies: MailingRouteDependencies): Hono<HostEnv> {
  const { mailings, lists, clock, logger } = dependencies;
  const app = new Hono<HostEnv>();
  const found = (context: HostContext) =>
    mailingOf(mailings, context.get('tenant'), context.req.param('mailing') ?? '');

  app.get(
    '/mailings',
    described({
      id: 'listMailings',
      tag: 'mailings',
      summary: 'List mailings',
      query: mailingsQuery,
      answers: { 200: { description: 'The latest first.', schema: MailingsSchema } },
    }),
    async (context) => {
      const filter = readQuery(context, mailingsQuery);
      const records = await mailings.list(context.get('tenant'), filter);
      return context.json({
        mailings: records.map((record) => showMailing(record, clock())),
        next: records.length < filter.limit ? null : String(records.at(-1)?.ref),
      });
    },
  );

  app.get(
    '/mailings/:mailing',
    described({
      id: 'getMailing',
      tag: 'mailings',
      summary: 'Where a mailing stands',
      answers: { 200: { description: 'State and counts.', schema: ShownMailingSchema } },
    }),
    async (context) => context.json(showMailing(await found(context), clock())),
  );

  app.get(
    '/mailings/:mailing/progress',
    described({
      id: 'streamProgress',
      tag: 'mailings',
      summary: 'Watch a mailing move',
      description:
        'Server-sent events named `progress`, each with what GET …/mailings/{mailing} gives, whenever something has changed. Ends when the mailing has come to its end, or the key is revoked.',
      answers: {
        200: {
          description: 'The stream. Its schema is that of the `data` of each message.',
          schema: ShownMailingSchema,
          mediaType: 'text/event-stream',
        },
      },
    }),
    async (context) => {
      const first = await found(context);
      return eventStream(context, dependencies, (stream, ending) =>
        writeProgress(stream, ending, clock, () => mailings.find(context.get('tenant'), first.id)),
      );
    },
  );

  app.route('/', createIntakeRoutes(dependencies));
  app.route('/', createMailingListRoutes(mailings, lists, logger));
  app.route('/', createSteerRoutes(dependencies));
  return app;
}
