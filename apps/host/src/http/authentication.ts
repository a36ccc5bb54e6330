import { createMiddleware } from 'hono/factory';
import type { ApiKeys } from '../tenants/api-keys.ts';
import type { NotAppliedDocuments } from '../tenants/not-applied.ts';
import type { TenantDirectory } from '../tenants/tenant.ts';
import { RequestError } from './request-error.ts';
import type { HostEnv } from './host-env.ts';

/** RFC 9110: in any letter case, with any number of spaces before the key. */
const bearer = /^Bearer +([\x21-\x7e]+)$/i;

/** Admits requests with a valid key; a tenant's key opens that tenant only. */
export function authentication(keys: ApiKeys) {
  return createMiddleware<HostEnv>(async (context, next) => {
    const key = bearer.exec(context.req.header('Authorization') ?? '')?.[1];
    const principal = key === undefined ? undefined : await keys.authenticate(key);
    if (!principal) {
      throw new RequestError(
        401,
        'unauthorized',
        key === undefined ? 'The request brings no key.' : 'The key is not valid.',
        {
          hint: 'Send "Authorization: Bearer KEY" with a key of this host.',
          headers: { 'WWW-Authenticate': 'Bearer' },
        },
      );
    }
    const tenantId = context.req.param('tenant');
    // The same words whether the tenant exists or not.
    if (principal.tenantId !== null && principal.tenantId !== tenantId) {
      throw new RequestError(403, 'forbidden', 'This key does not open what was asked for.', {
        hint: 'Use a key of that company, or an admin key.',
      });
    }
    context.set('principal', principal);
    await next();
  });
}

/** For what only the operator of the host may do. */
export const adminOnly = createMiddleware<HostEnv>(async (context, next) => {
  if (context.get('principal').tenantId !== null) {
    throw new RequestError(403, 'forbidden', 'This needs an admin key.');
  }
  await next();
});

/**
 * Loads the tenant of the path, ready for work.
 *
 * @param notApplied a request for a company that has no document at all is told why
 */
export function tenantOfPath(directory: TenantDirectory, notApplied: NotAppliedDocuments) {
  return createMiddleware<HostEnv>(async (context, next) => {
    const tenantId = context.req.param('tenant') ?? '';
    const tenant = directory.peek(tenantId) ?? (await directory.get(tenantId));
    const reason = notApplied.get(tenantId);
    if (!tenant && reason) {
      throw new RequestError(
        422,
        'invalid_config',
        `When the host started, the document of this company could not be applied: ${reason.issues.join('; ')}`,
        { hint: 'Set the secret, then save the document: "finaz-telephony apply FILE".' },
      );
    }
    if (!tenant) {
      throw new RequestError(404, 'not_found', 'There is no such company on this host.', {
        hint: `Save its document first: PUT /v1/tenants/${encodeURIComponent(tenantId)}.`,
      });
    }
    context.set('tenant', tenant);
    await next();
  });
}
