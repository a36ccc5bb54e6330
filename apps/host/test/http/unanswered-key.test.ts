import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { errorResponse } from '../../src/http/error-response.ts';
import { RequestError } from '../../src/http/request-error.ts';
import { idempotency } from '../../src/http/idempotency.ts';
import type { HostEnv } from '../../src/http/host-env.ts';
import { jsonOf, ProblemShape } from '../support/json.ts';

it.each([
  ['/v1/keys', 'Look at GET /v1/keys.'],
  ['/v1/tenants/1042/calls', 'Look at GET /v1/tenants/1042/calls.'],
  ['/v1/tenants/connections/transfers', 'Look at GET /v1/tenants/connections/calls.'],
  ['/v1/tenants/1042/connections/pbx/test', 'Look at GET /v1/tenants/1042/exchanges.'],
])(
  'a repeated POST to %s whose first host died is refused with a hint where to see whether it was done',
  async (path, hint) => {
    const app = new Hono<HostEnv>();
    const once = idempotency({ claim: async () => ({ is: 'lost' }) });
    app.use('/v1/keys', once);
    app.use('/v1/tenants/:tenant/*', once);
    let thrown: unknown;
    app.onError((error, context) => {
      thrown = error;
      return context.body(null, 500);
    });
    await app.request(path, { method: 'POST', headers: { 'Idempotency-Key': 'k-1' }, body: '{}' });
    expect(thrown).toBeInstanceOf(RequestError);
    expect(thrown).toMatchObject({ problem: { status: 409, hint } });
  },
);

it.each([
  ['/v1/tenants/1042/calls', 'Look at GET /v1/tenants/1042/calls.'],
  ['/v1/tenants/1042/mailings', 'Look at GET /v1/tenants/1042/mailings.'],
  ['/v1/tenants/1042/queues/7/clear', 'Look at GET /v1/tenants/1042/mailings.'],
])(
  'a repeated POST to %s whose stored answer is damaged is refused, and not told that nothing was sent',
  async (path, hint) => {
    const app = new Hono<HostEnv>();
    app.use('/v1/tenants/:tenant/*', idempotency({ claim: async () => ({ is: 'unreadable' }) }));
    app.onError((error) => errorResponse(error, 'r-1'));
    const answer = await app.request(path, {
      method: 'POST',
      headers: { 'Idempotency-Key': 'k-1' },
      body: '{}',
    });
    expect(answer.status).toBe(409);
    expect(answer.headers.get('Retry-After')).toBeNull();
    const problem = await jsonOf(answer, ProblemShape);
    expect(problem).toMatchObject({ code: 'idempotency_conflict', hint });
    expect(problem.delivery).toBeUndefined();
  },
);

it.each([
  ['/v1/keys', false],
  ['/v1/tenants/1042/calls', false],
  ['/v1/tenants/1042/calls/a-1/settle', false],
  ['/v1/tenants/1042/transfers', false],
  ['/v1/tenants/1042/connections/dialer/test', false],
  // A company may have chosen `mailings` as its id.
  ['/v1/tenants/mailings/calls', false],
  ['/v1/tenants/1042/mailings', true],
  ['/v1/tenants/1042/mailings/m-1/deactivate', true],
  ['/v1/tenants/1042/queues/7/clear', true],
])(
  'a POST to %s whose host died is carried out again: %s (never if it may ring a telephone)',
  async (path, expected) => {
    const app = new Hono<HostEnv>();
    const done: string[] = [];
    const once = idempotency({
      claim: async ({ mayRepeat }) =>
        mayRepeat
          ? {
              is: 'held',
              held: {
                begunBefore: undefined,
                begin: async () => undefined,
                settle: async () => undefined,
                release: async () => undefined,
                handOn: async () => undefined,
              },
            }
          : { is: 'lost' },
    });
    app.use('/v1/keys', once);
    app.use('/v1/tenants/:tenant/*', once);
    app.post('*', (context) => {
      done.push(context.req.path);
      return context.json({}, 202);
    });
    app.onError((_error, context) => context.body(null, 409));
    await app.request(path, { method: 'POST', headers: { 'Idempotency-Key': 'k-1' }, body: '{}' });
    expect(done).toEqual(expected ? [path] : []);
  },
);
