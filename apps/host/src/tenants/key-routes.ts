import { TenantIdSchema } from '@finaz-telephony/core';
import { Hono } from 'hono';
import * as v from 'valibot';
import { adminOnly } from '../http/authentication.ts';
import { RequestError } from '../http/error-response.ts';
import type { HostEnv } from '../http/host-env.ts';
import { readJson } from '../http/json-body.ts';
import { described } from '../http/openapi.ts';
import type { ApiKeys } from './api-keys.ts';

const KeySchema = v.object({
  id: v.string(),
  tenantId: v.nullable(v.string()),
  label: v.string(),
  createdAt: v.number(),
});
const NewKeySchema = v.pipe(
  v.strictObject({
    tenantId: v.pipe(
      v.optional(v.nullable(TenantIdSchema), null),
      v.description('Left out or null: an admin key.'),
    ),
    label: v.pipe(
      v.string(),
      v.trim(),
      v.nonEmpty('is empty'),
      v.maxLength(100),
      v.regex(/^[^\u0000-\u001f\u007f]*$/, 'has a control character'),
    ),
  }),
  v.title('new key'),
);

/** The keys of this host, under `/v1/keys`. */
export function createKeyRoutes(keys: ApiKeys): Hono<HostEnv> {
  const app = new Hono<HostEnv>();

  app.get(
    '/keys',
    adminOnly,
    described({
      tag: 'keys',
      summary: 'List the keys',
      answers: {
        200: {
          description: 'Without the keys themselves.',
          schema: v.object({ keys: v.array(KeySchema) }),
        },
      },
    }),
    async (context) => context.json({ keys: await keys.list() }),
  );

  app.post(
    '/keys',
    adminOnly,
    described({
      tag: 'keys',
      summary: 'Make a key',
      body: NewKeySchema,
      answers: {
        201: {
          description: 'The key is told here and never again.',
          schema: v.object({ ...KeySchema.entries, key: v.string() }),
        },
      },
    }),
    async (context) => {
      const { tenantId, label } = await readJson(context, NewKeySchema);
      return context.json(await keys.create(tenantId, label), 201);
    },
  );

  app.delete(
    '/keys/:key',
    adminOnly,
    described({
      tag: 'keys',
      summary: 'Revoke a key',
      answers: { 204: { description: 'Revoked, everywhere within a second.' } },
    }),
    async (context) => {
      if (!(await keys.revoke(context.req.param('key'))))
        throw new RequestError(404, 'not_found', 'There is no key with this id.');
      return context.body(null, 204);
    },
  );

  return app;
}
