import { TenantIdSchema } from '@finaz-telephony/core/host';
import { Hono } from 'hono';
import * as v from 'valibot';
import { adminOnly } from '../http/authentication.ts';
import { RequestError } from '../http/request-error.ts';
import type { HostEnv } from '../http/host-env.ts';
import { readJson, takesNothing } from '../http/json-body.ts';
import { described } from '../http/openapi.ts';
import { KeyLabelSchema, type ApiKeys } from './api-keys.ts';
import { keyWarnings } from './key-warnings.ts';
import type { TenantStore } from './tenant-store.ts';

const KeySchema = v.object({
  id: v.string(),
  tenantId: v.nullable(v.string()),
  label: v.string(),
  createdAt: v.string(),
});
const NewKeySchema = v.pipe(
  v.strictObject({
    tenantId: v.pipe(
      v.optional(v.nullable(TenantIdSchema), null),
      v.description('Left out or null: an admin key.'),
    ),
    label: KeyLabelSchema,
  }),
  v.title('new key'),
);

/** The keys of this host, under `/v1/keys`. */
export function createKeyRoutes(
  keys: ApiKeys,
  tenants: Pick<TenantStore, 'versions'>,
): Hono<HostEnv> {
  const app = new Hono<HostEnv>();

  app.get(
    '/keys',
    adminOnly,
    described({
      id: 'listKeys',
      tag: 'keys',
      summary: 'List the keys',
      ofHost: true,
      answers: {
        200: {
          description: 'Without the keys themselves.',
          schema: v.object({ keys: v.array(KeySchema) }),
        },
      },
    }),
    async (context) => context.json({ keys: (await keys.list()).map(shown) }),
  );

  app.post(
    '/keys',
    adminOnly,
    described({
      id: 'createKey',
      tag: 'keys',
      summary: 'Make a key',
      ofHost: true,
      description:
        'With an `Idempotency-Key` it is made once. As the key is stored nowhere, the same request again is a 409 that names the id.',
      body: { schema: NewKeySchema, example: { tenantId: '1042', label: 'crm' } },
      headers: {
        'Idempotency-Key':
          'The same key with the same request makes one key alone. 1 to 255 visible ASCII characters, kept for a day.',
      },
      answers: {
        201: {
          description: 'The key is told here and never again.',
          schema: v.object({
            ...KeySchema.entries,
            key: v.string(),
            warnings: v.pipe(
              v.array(v.string()),
              v.description('For example, that the company does not exist yet.'),
            ),
          }),
        },
      },
    }),
    async (context) => {
      const { tenantId, label } = await readJson(context, NewKeySchema);
      const warnings = await keyWarnings(tenants, tenantId);
      const made = await keys.create(tenantId, label);
      context.set('answeredAgain', toldAlready(made.id));
      return context.json({ ...shown(made), warnings }, 201);
    },
  );

  app.delete(
    '/keys/:key',
    adminOnly,
    described({
      id: 'revokeKey',
      tag: 'keys',
      summary: 'Revoke a key',
      ofHost: true,
      answers: { 204: { description: 'Revoked, everywhere within a second.' } },
    }),
    takesNothing,
    async (context) => {
      if (!(await keys.revoke(context.req.param('key'))))
        throw new RequestError(404, 'not_found', 'There is no key with this id.');
      return context.body(null, 204);
    },
  );

  return app;
}

const shown = <Key extends { readonly createdAt: number }>(key: Key) => ({
  ...key,
  createdAt: new Date(key.createdAt).toISOString(),
});

function toldAlready(keyId: string): RequestError {
  return new RequestError(
    409,
    'idempotency_conflict',
    `The first request with this Idempotency-Key created the key ${keyId}; it was shown in that answer only, and is not stored.`,
    {
      hint: `Where that answer was lost: DELETE /v1/keys/${keyId}, and make another one with a new Idempotency-Key.`,
    },
  );
}
