import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { RequestError } from '../../src/http/error-response.ts';
import { idempotency } from '../../src/http/idempotency.ts';
import type { HostEnv } from '../../src/http/host-env.ts';

it.each([
  ['/v1/keys', 'Look at GET /v1/keys.'],
  ['/v1/tenants/1042/calls', 'Look at GET /v1/tenants/{tenant}/calls.'],
])(
  'tells who repeats a POST to %s whose host died what shows whether it was done',
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
