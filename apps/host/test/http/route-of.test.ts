import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { routeOf } from '../../src/http/route-of.ts';

const app = new Hono();
app.use(async (context, next) => {
  await next();
  context.res.headers.set('X-Route', routeOf(context));
});
app.get('/things/:thing', (context) => context.text('thing'));
app.use('/things/:thing/*', (_, next) => next());
app.get('/things/:thing/parts', (context) => context.text('parts'));

it.each([
  // The middleware for the paths below is registered after this route.
  ['/things/7', '/things/:thing'],
  ['/things/7/parts', '/things/:thing/parts'],
  ['/things/7/nothing', '/things/:thing/*'],
  ['/nothing', '/*'],
])('the route of %s is %s', async (path, route) => {
  expect((await app.request(path)).headers.get('X-Route')).toBe(route);
});
