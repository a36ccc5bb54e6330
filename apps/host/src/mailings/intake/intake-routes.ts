import type { Parameters } from '@finaz-telephony/core';
import { ContactSchema, issueMessage } from '@finaz-telephony/core/host';
import { Hono } from 'hono';
import * as v from 'valibot';
import { boundFeature } from '../../tenants/bound-feature.ts';
import { invalidRequest } from '../../http/request-error.ts';
import type { HostEnv } from '../../http/host-env.ts';
import { described, idempotencyHeader } from '../../http/openapi.ts';
import { requestBody } from '../../http/request-body.ts';
import { KeptParametersSchema } from '../../lost-keys.ts';
import { mailingRows } from './mailing-rows.ts';
import { queueOf, unlessLost } from '../mailing-requests.ts';
import { takeMailing, takenBefore, type IntakeDependencies } from './take-mailing.ts';

const TakenSchema = v.object({
  mailingId: v.string(),
  total: v.pipe(v.number(), v.description('Contacts that were taken.')),
  rejected: v.pipe(v.number(), v.description('Rows that were not: see …/rejects.')),
  state: v.literal('waiting'),
});

/** For the API document: the intake itself accepts more than this, and checks each row by itself. */
const ContactBodySchema = v.pipe(
  v.object({
    ...ContactSchema.entries,
    name: v.optional(ContactSchema.entries.name),
    cpf: v.optional(ContactSchema.entries.cpf),
  }),
  v.metadata({ ref: 'Contact' }),
);
const exampleContact = {
  contactId: '7001',
  name: 'Ana',
  cpf: '529.982.247-25',
  phones: [{ areaCode: '41', number: '99999-8888' }],
};

const csvBody = {
  schema: v.string(),
  example: 'ID;Nome;CPF;DDD1;Telefone1;DDD2;Telefone2\r\n7001;Ana;;41;99999-8888;;\r\n',
};

/** Takes mailings in: `POST /v1/tenants/:tenant/mailings`. */
export function createIntakeRoutes(dependencies: IntakeDependencies): Hono<HostEnv> {
  const app = new Hono<HostEnv>();

  app.post(
    '/mailings',
    described({
      id: 'createMailing',
      tag: 'mailings',
      summary: 'Send contacts to the dialer',
      description:
        'The body is streamed: a JSON list of contacts (or `{"contacts": […]}`), NDJSON, or CSV with a header line. It may be packed (`Content-Encoding: gzip`). Each row is checked by itself: a bad one is kept with its reason and stops no other. Answered once every contact is on the disk; then the queue is cleared and the contacts are loaded.',
      query: {
        queue: "The dialer's queue.",
        parameters: 'Further values for the templates of the connection, as a JSON object.',
      },
      required: ['queue'],
      headers: idempotencyHeader,
      bodies: {
        'application/json': {
          schema: v.union([
            v.array(ContactBodySchema),
            v.object({ contacts: v.array(ContactBodySchema) }),
          ]),
          example: [exampleContact],
        },
        'application/x-ndjson': { schema: v.string(), example: JSON.stringify(exampleContact) },
        'text/csv': csvBody,
        'application/vnd.ms-excel': csvBody,
      },
      answers: {
        202: {
          description: 'All contacts are durable.',
          schema: TakenSchema,
          headers: { Location: 'Where the mailing stands.' },
        },
      },
    }),
    async (context) => {
      const tenant = context.get('tenant');
      const queue = queueOf(context.req.query('queue'));
      const parameters = parametersOf(context.req.query('parameters'));
      boundFeature(tenant, 'contactLoad');
      const rows = mailingRows(requestBody(context), context.req.header('Content-Type') ?? '');
      const key = context.get('heldKey');
      const begin = async (mailingId: string) => key?.begin(mailingId);
      const taken =
        (key?.begunBefore && (await takenBefore(dependencies, tenant, key.begunBefore))) ||
        (await unlessLost(
          takeMailing(dependencies, tenant, { queue, parameters }, rows, begin),
          'The mailing was not taken: the company was deleted, or this host stood still, while it came in, or its clock is not that of the other hosts.',
        ));
      context.header(
        'Location',
        `/v1/tenants/${encodeURIComponent(tenant.id)}/mailings/${taken.mailingId}`,
      );
      return context.json({ ...taken, state: 'waiting' as const }, 202);
    },
  );

  return app;
}

function parametersOf(text: string | undefined): Parameters {
  if (text === undefined) return {};
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), KeptParametersSchema), text);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw invalidRequest([
    {
      parameter: 'parameters',
      message:
        issue.kind === 'validation'
          ? issueMessage(issue)
          : 'must be a JSON object of texts, numbers and booleans',
    },
  ]);
}
