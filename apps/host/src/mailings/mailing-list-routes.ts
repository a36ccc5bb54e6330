import type { Logger } from '@finaz-telephony/core';
import { Hono } from 'hono';
import * as v from 'valibot';
import { acceptedOf } from '../http/accept.ts';
import type { HostContext, HostEnv } from '../http/host-env.ts';
import { described } from '../http/openapi.ts';
import { RequestError } from '../http/request-error.ts';
import { unreadableRow } from '../store/damaged-rows.ts';
import { nextPage, paging } from '../http/paging.ts';
import { readQuery, wordOf } from '../http/read-query.ts';
import type { MailingLists } from './mailing-lists.ts';
import { contactStates } from './mailing-state.ts';
import type { MailingStore } from './mailing-store.ts';
import { rejectReasons } from './intake/read-contact.ts';
import { ShownContactSchema } from './show-mailing.ts';
import { listedMailingOf } from './steer-mailing.ts';
import { writeRejects } from './write-rejects.ts';

const ContactsSchema = v.object({
  contacts: v.array(ShownContactSchema),
  next: nextPage,
});
const RejectSchema = v.pipe(
  v.object({
    line: v.number(),
    kind: v.picklist(['row', 'phone']),
    reason: v.picklist(rejectReasons),
    message: v.string(),
    contactId: v.nullable(v.string()),
    row: v.pipe(v.unknown(), v.description('As it came.')),
    unreadable: unreadableRow('original text'),
  }),
  v.metadata({ ref: 'MailingReject' }),
);
const RejectsSchema = v.object({
  rejects: v.array(RejectSchema),
  next: nextPage,
});

const contactsQuery = {
  state: wordOf(contactStates, 'Only those in this state.'),
  ...paging,
};

/** What a mailing consists of: its contacts, and what was not taken. */
export function createMailingListRoutes(
  mailings: MailingStore,
  lists: MailingLists,
  logger: Logger,
): Hono<HostEnv> {
  const app = new Hono<HostEnv>();
  const found = (context: HostContext) =>
    listedMailingOf(mailings, context.get('tenant'), context.req.param('mailing') ?? '');

  app.get(
    '/mailings/:mailing/contacts',
    described({
      id: 'listMailingContacts',
      tag: 'mailings',
      summary: 'The contacts of a mailing by state',
      query: contactsQuery,
      answers: { 200: { description: 'In the order of the mailing.', schema: ContactsSchema } },
    }),
    async (context) => {
      const record = await found(context);
      const filter = { after: 0, ...readQuery(context, contactsQuery) };
      const page = await lists.contacts(context.get('tenant').cipher, record.ref, filter);
      return context.json({
        contacts: page.map(({ contactId, state: at, vendor, unreadable, updatedAt }) => ({
          contactId,
          state: at,
          vendor,
          ...(unreadable && { unreadable }),
          updatedAt,
        })),
        next: page.length < filter.limit ? null : String(page.at(-1)?.position),
      });
    },
  );

  app.get(
    '/mailings/:mailing/rejects',
    described({
      id: 'listMailingRejects',
      tag: 'mailings',
      summary: 'Rows and numbers that were not taken, with the reason',
      description: 'JSON in pages, or all of them as CSV with `Accept: text/csv`.',
      query: paging,
      headers: { Accept: 'application/json or text/csv' },
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
      if (formatOfRejects(context) === 'csv') {
        return writeRejects((from, most) => lists.rejects(cipher, record.ref, from, most), logger);
      }
      const asked = readQuery(context, paging);
      const page = await lists.rejects(cipher, record.ref, asked.after ?? 0, asked.limit);
      return context.json({
        rejects: page.map(({ line, kind, reason, message, contactId, row }) => ({
          line,
          kind,
          reason,
          message,
          contactId,
          ...(row === undefined ? { row: null, unreadable: true as const } : { row: parsed(row) }),
        })),
        next: page.length < asked.limit ? null : String(page.at(-1)?.seq),
      });
    },
  );

  return app;
}

/** @throws {RequestError} 406 */
function formatOfRejects({ req }: HostContext): 'json' | 'csv' {
  const format = acceptedOf(req.header('Accept'), [
    ['application/json', 'json'],
    ['text/csv', 'csv'],
  ] as const);
  if (format) return format;
  throw new RequestError(406, 'not_acceptable', 'What was not taken comes as JSON or CSV.', {
    hint: 'Send Accept: application/json or text/csv.',
  });
}

function parsed(row: string): unknown {
  try {
    return JSON.parse(row);
  } catch {
    // Only the beginning of a long row was kept, which is no longer valid JSON.
    return row;
  }
}
