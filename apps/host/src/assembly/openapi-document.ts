import type { Hono } from 'hono';
import { generateSpecs } from 'hono-openapi';
import { ShownEventSchema } from '../events/shown-event.ts';
import type { HostEnv } from '../http/host-env.ts';
import { describedMessage, tags } from '../http/openapi.ts';
import { ResultsMessageSchema } from '../results/results-webhook.ts';

/** All that this host answers, and what it sends to the CRM by itself. */
export async function openApiDocument(app: Hono<HostEnv>): Promise<object> {
  const document = await generateSpecs(app, {
    defaultValidationErrorResponse: false,
    // The schema of documents ends in .json, and is no file.
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
    ...document,
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
