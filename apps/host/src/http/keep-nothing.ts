import { createMiddleware } from 'hono/factory';
import type { HostEnv } from './host-env.ts';

/**
 * No browser and no proxy keeps an answer, which may have a debtor's data: without a word of it a browser writes all of them to its disk, as it does for whoever
 * tries the API at `/docs`.
 */
export const keepNothing = createMiddleware<HostEnv>(async (context, next) => {
  // On the raw response, as the id of the request is; an answer that says more of it than this has its own way.
  context.env.outgoing?.setHeader('Cache-Control', 'no-store');
  await next();
});
