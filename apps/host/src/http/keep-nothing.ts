import { createMiddleware } from 'hono/factory';
import type { HostEnv } from './host-env.ts';

/**
 * No browser and no proxy may keep an answer, which may contain a debtor's data. Without this header a browser writes all of them to its disk, for instance for
 * users who try the API at `/docs`.
 */
export const keepNothing = createMiddleware<HostEnv>(async (context, next) => {
  // On the raw response, like the request id. An answer with its own Cache-Control replaces this one.
  context.env.outgoing?.setHeader('Cache-Control', 'no-store');
  await next();
});
