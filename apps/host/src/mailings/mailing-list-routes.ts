import type { Logger } from '@finaz-telephony/core';
import { Hono } from 'hono';
import * as v from 'valibot';
import type { HostContext, HostEnv } from '../http/host-env.ts';
import { oneOf } from '../http/one-of.ts';
import { described } from '../http/openapi.ts';
import { afterOf, limitOf } from '../http/paging.ts';
import type { MailingLists } from './mailing-lists.ts';
import { contactStates } from './mailing-state.ts';
import type { MailingStore } from './mailing-store.ts';
import { ShownContactSchema } from './show-mailing.ts';
import { mailingOf } from './steer-mailing.ts';
import { writeRejects } from './write-rejects.ts';

const ContactsSchema = v.object({
  contacts: v.array(ShownContactSchema),
  next: v.pipe(v.nullable(v.string()), v.description('Send it as `after` for the next page.')),
});
const RejectsSchema = v.object({
  rejects: v.array(
    v.object({
      line: v.number(),
      kind: v.picklist(['row', 'phone']),
      reason: v.string(),
      message: v.string(),
      contactId: v.nullable(v.string()),
      row: v.unknown(),
    }),
  ),
  next: v.nullable(v.string()),
});

/** What a mailing consists of: its contacts, and what was not taken. */
export function createMailingListRoutes(
  mailings: MailingStore,
  lists: MailingLists,
  logger: Logger,
): Hono<HostEnv> {
  const app = new Hono<HostEnv>();
  const found = (context: HostContext) =>
    mailingOf(mailings, context.get('tenant'), context.req.param('mailing') ?? '');

  app.get(
    '/mailings/:mailing/contacts',
    described({
      tag: 'mailings',
      summary: 'The contacts of a mailing by state',
      query: {
        state: `One of ${contactStates.join(', ')}.`,
        after: 'Where the previous page ended.',
        limit: '1 to 1000; 100 by default.',
      },
      answers: { 200: { description: 'In the order of the mailing.', schema: ContactsSchema } },
    }),
    async (context) => {
      const record = await found(context);
      const state = oneOf(contactStates, context.req.query('state'), 'state');
      const limit = limitOf(context.req.query('limit'));
      const page = await lists.contacts(context.get('tenant').cipher, record.ref, {
        limit,
        after: afterOf(context.req.query('after')) ?? 0,
        ...(state && { state }),
      });
      return context.json({
        contacts: page.map(({ contactId, state: at, vendor, updatedAt }) => ({
          contactId,
          state: at,
          vendor,
          updatedAt,
        })),
        next: page.length < limit ? null : String(page.at(-1)?.position),
      });
    },
  );

  app.get(
    '/mailings/:mailing/rejects',
    described({
      tag: 'mailings',
      summary: 'Rows and numbers that were not taken, with the reason',
      description: 'JSON in pages, or all of them as CSV with `Accept: text/csv`.',
      query: { after: 'Where the previous page ended.', limit: '1 to 1000; 100 by default.' },
      answers: {
        200: {
          description: 'In the order of the mailing.',
          schema: RejectsSchema,
          otherTypes: ['text/csv'],
        },
      },
    }),
    async (context) => {
      const record = await found(context);
      const { cipher } = context.get('tenant');
      if (/\btext\/csv\b/.test(context.req.header('Accept') ?? '')) {
        return writeRejects(
          (after, limit) => lists.rejects(cipher, record.ref, after, limit),
          logger,
        );
      }
      const limit = limitOf(context.req.query('limit'));
      const page = await lists.rejects(
        cipher,
        record.ref,
        afterOf(context.req.query('after')) ?? 0,
        limit,
      );
      return context.json({
        rejects: page.map(({ line, kind, reason, message, contactId, row }) => ({
          line,
          kind,
          reason,
          message,
          contactId,
          row: parsed(row),
        })),
        next: page.length < limit ? null : String(page.at(-1)?.seq),
      });
    },
  );

  return app;
}

function parsed(row: string): unknown {
  try {
    return JSON.parse(row);
  } catch {
    // A row longer than what is kept of it.
    return row;
  }
}
