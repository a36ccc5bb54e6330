import type { Hono } from 'hono';
import { generateSpecs } from 'hono-openapi';
import * as v from 'valibot';
import { ShownEventSchema } from '../events/shown-event.ts';
import type { HostEnv } from '../http/host-env.ts';
import { describedMessage, tags } from '../http/openapi.ts';
import { ResultsMessageSchema } from '../results/results-webhook.ts';

/** Descriptions of path parameters, of which the routes only know the names. */
const pathParameters: Readonly<Record<string, string>> = {
  tenant: 'Id of the company.',
  version: 'Number of a version of its document.',
  name: 'Name of the secret.',
  key: 'Id of the key; not the key itself.',
  connection: "Name of the connection in the company's document.",
  queue: "The dialer's queue.",
  mailing: 'Id of the mailing.',
  callId: "The vendor's id of the call.",
  attemptId: 'Our own id of the call or transfer.',
  event: 'Id of the event.',
};
const PathParameterSchema = v.looseObject({ in: v.literal('path'), name: v.string() });

function withPathParameters(document: object): object {
  const described: object = JSON.parse(JSON.stringify(document), (_, part: unknown) =>
    v.is(PathParameterSchema, part) ? { ...part, description: pathParameters[part.name] } : part,
  );
  return described;
}

/** Describes every request that this host answers, and the webhooks that it sends to the CRM. */
export async function openApiDocument(app: Hono<HostEnv>): Promise<object> {
  const document = await generateSpecs(app, {
    defaultValidationErrorResponse: false,
    // Otherwise the address of the documents' schema, which ends in `.json`, would be left out as a static file.
    excludeStaticFile: false,
    documentation: {
      openapi: '3.1.0',
      info: {
        title: 'Finaz Telephony',
        version: '1',
        description:
          'What the CRM calls, and what telephone systems call. Errors are RFC 9457 problems with a stable `code`.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/', description: 'This host.' }],
      tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      security: [{ key: [] }],
    },
  });
  return {
    ...withPathParameters(document),
    webhooks: {
      'call.answered': await describedMessage({
        id: 'callAnswered',
        type: 'call.answered',
        tag: 'events',
        summary: 'An operator has answered a call',
        data: ShownEventSchema,
      }),
      'mailing.results': await describedMessage({
        id: 'mailingResults',
        type: 'mailing.results',
        tag: 'results',
        summary: 'A fetch of results has brought something, or a deactivated mailing is finished',
        data: ResultsMessageSchema,
      }),
    },
  };
}
