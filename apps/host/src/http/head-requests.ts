import { createMiddleware } from 'hono/factory';
import type { HostEnv } from './host-env.ts';

/** HEAD is answered as GET would be, without the body: nobody would read it, and a stream would stay open for ever. */
export const headRequests = createMiddleware<HostEnv>(async (context, next) => {
  await next();
  if (context.req.method === 'HEAD') await context.res.body?.cancel();
});
