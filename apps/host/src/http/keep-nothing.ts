import { createMiddleware } from 'hono/factory';
import type { HostEnv } from './host-env.ts';

/**
 * No browser and no proxy keeps an answer, which may have a debtor's data. Without this header a browser writes all of them to its disk, as it does for
 * whoever tries the API at `/docs`.
 */
export const keepNothing = createMiddleware<HostEnv>(async (context, next) => {
  // On the raw response, as the id of the request is. An answer with a Cache-Control of its own replaces this one.
  context.env.outgoing?.setHeader('Cache-Control', 'no-store');
  await next();
});
