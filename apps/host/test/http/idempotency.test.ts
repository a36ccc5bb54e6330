import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { errorResponse } from '../../src/http/error-response.ts';
import { idempotency } from '../../src/http/idempotency.ts';
import type { IdempotencyKeys } from '../../src/http/idempotency-keys.ts';
import type { HostEnv } from '../../src/http/host-env.ts';

/** A host with these keys, on which everything that is posted fails by a fault of its own. */
function hostWith(claim: IdempotencyKeys['claim']) {
  const app = new Hono<HostEnv>();
  app.use('/v1/tenants/:tenant/*', idempotency({ claim }));
  app.post('*', () => {
    throw new Error('a fault');
  });
  app.onError((error) => errorResponse(error, 'r-1'));
  return (path: string, headers: Readonly<Record<string, string>> = {}) =>
    app.request(path, {
      method: 'POST',
      headers: { 'Idempotency-Key': 'k-1', ...headers },
      body: 'contactId;phone\n',
    });
}

const file = {
  'Content-Type': 'text/csv',
  'Content-Length': '16',
  'Content-Digest': 'sha-256=:a:',
};
it.each<[string, string, Readonly<Record<string, string>>]>([
  ['for another queue', '?queue=8', file],
  ['of another kind', '?queue=7', { ...file, 'Content-Type': 'application/x-ndjson' }],
  ['of another length', '?queue=7', { ...file, 'Content-Length': '17' }],
  ['of another digest', '?queue=7', { ...file, 'Content-Digest': 'sha-256=:b:' }],
  ['in another encoding', '?queue=7', { ...file, 'Content-Encoding': 'gzip' }],
])(
  'a mailing %s is another request: answered as the first, its file would be lost',
  async (_, query, headers) => {
    const asked: string[] = [];
    const post = hostWith(async ({ fingerprint }) => {
      asked.push(fingerprint);
      return { is: 'underWay' };
    });
    const path = '/v1/tenants/1042/mailings';
    await post(`${path}?queue=7`, file);
    await post(`${path}?queue=7`, file);
    await post(`${path}${query}`, headers);
    const [first, again, other] = asked;
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  },
);

it.each([
  ['/v1/tenants/1042/calls', 'settled'],
  ['/v1/tenants/1042/transfers', 'settled'],
  ['/v1/tenants/1042/mailings', 'released'],
])(
  'a key of a POST to %s at which the host itself fails is %s: nobody knows how far it got, and a telephone may have rung',
  async (path, expected) => {
    const became: string[] = [];
    const post = hostWith(async () => ({
      is: 'held',
      held: {
        begunBefore: undefined,
        begin: async () => undefined,
        settle: async ({ status }) => void became.push(`settled ${status}`),
        release: async () => void became.push('released'),
      },
    }));
    expect((await post(path)).status).toBe(500);
    expect(became).toEqual([expected === 'settled' ? 'settled 500' : 'released']);
  },
);
