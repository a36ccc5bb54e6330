import { TelephonyError, type Delivery, type ErrorCode } from '@finaz-telephony/core';
import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { errorResponse } from '../../src/http/error-response.ts';
import { idempotency } from '../../src/http/idempotency.ts';
import { stillUnanswered, type IdempotencyKeys } from '../../src/http/idempotency-keys.ts';
import { RequestError } from '../../src/http/request-error.ts';
import type { HostEnv } from '../../src/http/host-env.ts';

/** A host with these keys, on which every POST fails with this error. */
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
  'a mailing %s is a different request: answered as a repetition, its file would be lost',
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

/** What happens to the key of a POST that fails with this error. */
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
  'after an internal error, the key of a POST to %s is %s, because nobody knows how far the request got',
  async (path, expected) => {
    expect(await keyAfter(path, new Error('a fault'))).toEqual([expected]);
  },
);

it.each([
  ['/v1/tenants/1042/calls', 'released'],
  ['/v1/tenants/1042/mailings', 'handed on'],
])(
  'after a failure of the store, the key of a POST to %s is %s, because a mailing may already be stored, and loaded elsewhere',
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
  'a key that resumes a mailing is handed on if %s: once freed, it would take in anew what may already be loaded',
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
  'the key of a call that fails with %s, %s, is %s: freed only if nothing was sent, so that the same request can place the call',
  async (code, delivery, expected) => {
    const error = new TelephonyError({ code, message: 'It failed.', delivery });
    expect(await keyAfter('/v1/tenants/1042/calls', error)).toEqual([expected]);
  },
);
