import type { Context } from 'hono';
import { matchedRoutes } from 'hono/route';

/** The route of a request, with the names of its parameters. Middleware for the paths below may follow the handler in the list, but is not what answers. */
export function routeOf(context: Context): string {
  const routes = matchedRoutes(context);
  const route = routes.findLast(({ path }) => !path.endsWith('*')) ?? routes.at(-1);
  return route?.path ?? '';
}
