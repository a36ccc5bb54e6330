import { createMiddleware } from 'hono/factory';
import { invalidRequest } from './request-error.ts';
import type { HostEnv } from './host-env.ts';

/** No id contains a NUL, and PostgreSQL fails on a text that does. */
export const refuseNul = createMiddleware<HostEnv>(async (context, next) => {
  if (context.req.url.includes('%00')) {
    throw invalidRequest([{ path: 'address', message: 'has a NUL (%00) in it, as no id has' }]);
  }
  await next();
});
