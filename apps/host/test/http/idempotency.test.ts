import { TelephonyError, type Delivery, type ErrorCode } from '@finaz-telephony/core';
import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { errorResponse } from '../../src/http/error-response.ts';
import { idempotency } from '../../src/http/idempotency.ts';
import { stillUnanswered, type IdempotencyKeys } from '../../src/http/idempotency-keys.ts';
import { RequestError } from '../../src/http/request-error.ts';
import type { HostEnv } from '../../src/http/host-env.ts';

/** A host with these keys, on which everything that is posted fails with this error. */
function hostWith(claim: IdempotencyKeys['claim'], error = new Error('a fault')) {
  const app = new Hono<HostEnv>();
  app.use('/v1/tenants/:tenant/*', idempotency({ claim }));
  app.post('*', () => {
    throw error;
  });
  app.onError((thrown) => errorResponse(thrown, 'r-1'));
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

/** What becomes of the key of a POST that fails so. */
async function keyAfter(path: string, error: Error, begunBefore?: string): Promise<string[]> {
  const became: string[] = [];
  const post = hostWith(
    async () => ({
      is: 'held',
      held: {
        begunBefore,
        begin: async () => undefined,
        settle: async ({ status }) => void became.push(`settled ${status}`),
        release: async () => void became.push('released'),
        handOn: async () => void became.push('handed on'),
      },
    }),
    error,
  );
  await post(path);
  return became;
}

it.each([
  ['/v1/tenants/1042/calls', 'settled 500'],
  ['/v1/tenants/1042/transfers', 'settled 500'],
  ['/v1/tenants/1042/mailings', 'handed on'],
])(
  'a key of a POST to %s at which the host itself fails is %s: nobody knows how far it got, and a telephone may have rung',
  async (path, expected) => {
    expect(await keyAfter(path, new Error('a fault'))).toEqual([expected]);
  },
);

it.each([
  ['/v1/tenants/1042/calls', 'released'],
  ['/v1/tenants/1042/mailings', 'handed on'],
])(
  'a key of a POST to %s that the store has no answer for is %s: a mailing may be stored, and loaded by another host',
  async (path, expected) => {
    const away = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    expect(await keyAfter(path, away)).toEqual([expected]);
  },
);

it.each([
  ['the request before may still come to its end', stillUnanswered()],
  [
    'this host does not know the company yet',
    new RequestError(404, 'not_found', 'There is no such company.'),
  ],
  [
    'this host lacks a secret',
    new TelephonyError({ code: 'invalid_config', message: 'It failed.', delivery: 'not_sent' }),
  ],
])(
  'a key that takes up what was begun before is handed on where %s: free, the next one would take in anew what may be loaded',
  async (_, error) => {
    const path = '/v1/tenants/1042/mailings';
    expect(await keyAfter(path, error)).toEqual(['released']);
    expect(await keyAfter(path, error, 'm-1')).toEqual(['handed on']);
  },
);

it.each<[ErrorCode, Delivery, string]>([
  ['network', 'not_sent', 'released'],
  ['timeout', 'not_sent', 'released'],
  ['invalid_config', 'not_sent', 'released'],
  ['network', 'unknown', 'settled 502'],
  ['auth_failed', 'answered', 'settled 502'],
  ['refused', 'answered', 'settled 422'],
])(
  'a key of a call that fails with %s, %s, is %s: free, where nothing was sent, or the same words would never place it',
  async (code, delivery, expected) => {
    const error = new TelephonyError({ code, message: 'It failed.', delivery });
    expect(await keyAfter('/v1/tenants/1042/calls', error)).toEqual([expected]);
  },
);
