import { Hono } from 'hono';
import * as v from 'valibot';
import { invalidRequest, RequestError } from '../http/request-error.ts';
import type { HostContext, HostEnv } from '../http/host-env.ts';
import { readJson, takesNothing } from '../http/json-body.ts';
import { described } from '../http/openapi.ts';
import { pathValue } from '../http/path-value.ts';
import { SecretNameSchema } from './secret-references.ts';
import { tenantIdOf } from './tenant-id.ts';
import { SecretInUse, SecretUnfit, type TenantSecrets } from './tenant-secrets.ts';

const SecretValueSchema = v.pipe(
  v.strictObject({ value: v.pipe(v.string(), v.nonEmpty('is empty'), v.maxLength(65_536)) }),
  v.title('secret'),
);
/** Secrets of a company, under `/v1/tenants/:tenant/secrets`. */
export function createSecretRoutes(tenants: TenantSecrets): Hono<HostEnv> {
  const app = new Hono<HostEnv>();

  app.get(
    '/tenants/:tenant/secrets',
    described({
      id: 'listSecrets',
      tag: 'secrets',
      summary: 'List the names of the secrets that are set',
      answers: {
        200: {
          description: 'Names only.',
          schema: v.object({
            secrets: v.array(v.object({ name: v.string(), updatedAt: v.string() })),
          }),
        },
      },
    }),
    async (context) => {
      const secrets = await tenants.secretNames(tenantIdOf(context));
      return context.json({
        secrets: secrets.map(({ name, updatedAt }) => ({
          name,
          updatedAt: new Date(updatedAt).toISOString(),
        })),
      });
    },
  );

  app.put(
    '/tenants/:tenant/secrets/:name',
    described({
      id: 'setSecret',
      tag: 'secrets',
      summary: 'Set a secret',
      description:
        'Stored encrypted; never comes back out. May be set before the document that names it.',
      body: { schema: SecretValueSchema, example: { value: 'token-of-the-telephone-system' } },
      answers: { 204: { description: 'Set.' } },
    }),
    async (context) => {
      const { value } = await readJson(context, SecretValueSchema);
      await tenants
        .setSecret(tenantIdOf(context), secretNameOf(context), value)
        .catch((error: unknown) => {
          if (!(error instanceof SecretUnfit)) throw error;
          throw invalidRequest([{ path: 'value', message: error.message }]);
        });
      return context.body(null, 204);
    },
  );

  app.delete(
    '/tenants/:tenant/secrets/:name',
    described({
      id: 'deleteSecret',
      tag: 'secrets',
      summary: 'Remove a secret',
      answers: { 204: { description: 'Removed.' } },
    }),
    takesNothing,
    async (context) => {
      const removed = await tenants
        .removeSecret(tenantIdOf(context), secretNameOf(context))
        .catch((error: unknown) => {
          if (!(error instanceof SecretInUse)) throw error;
          throw new RequestError(
            409,
            'conflict',
            'The document of the company names this secret.',
            {
              hint: 'Save the document without it first, or put another value.',
            },
          );
        });
      if (!removed) {
        throw new RequestError(404, 'not_found', 'There is no secret with this name.');
      }
      return context.body(null, 204);
    },
  );

  return app;
}

const secretNameOf = (context: HostContext): string => pathValue(context, 'name', SecretNameSchema);
