import type { AdapterContext } from '@finaz-telephony/core';
import { describe, expect, it } from 'vitest';
import { lifetimeOf } from '../src/login.ts';
import { json, leg, stubPbx, callId } from './stub-pbx.ts';

const jwt = (claims: unknown) =>
  `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2lnbmF0dXJl`;

describe('a token of 3CX lives', () => {
  const now = 1_795_521_600_000;

  it.each([
    ['until the moment that stands in it', jwt({ exp: now / 1000 + 600 }), 60, 540],
    ['as many seconds as 3CX says since 20.0.9', 'opaque', 1800, 1740],
    ['60 minutes where 3CX says 60, as it did before', 'opaque', 60, 3540],
    ['60 minutes where nothing is said', 'opaque', undefined, 3540],
    ['as 3CX says where its clock is far from that of the token', jwt({ exp: 1 }), 3600, 3540],
    ['as 3CX says where no moment stands in it', jwt({ sub: '8300' }), 3600, 3540],
    ['as 3CX says where it is no token of this kind', 'a.%%%.c', 3600, 3540],
  ])('%s, and is replaced a minute before its end', (_, token, expiresIn, seconds) => {
    expect(lifetimeOf(token, expiresIn, now)).toBe(seconds * 1000);
  });
});

describe('a login', () => {
  it('is requested once for two simultaneous lookups, and its token serves both', async () => {
    const { adapter, context, asked, tokens } = stubPbx({
      'GET /callcontrol/101/participants': json([leg()]),
    });
    const follow = () => adapter.followCall?.({ callId: callId, attemptId: 'a-1' }, context);
    await Promise.all([follow(), follow()]);
    expect(asked.filter((line) => line === 'POST /connect/token')).toHaveLength(1);
    expect(new Set(tokens)).toEqual(new Set([null, 'Bearer opaque-token-of-the-stub']));
  });

  it('sends the Client ID and the API key as a form, and neither in the address', async () => {
    const { adapter, context } = stubPbx({});
    const logins: Request[] = [];
    const fetch: AdapterContext['fetch'] = (url, init = {}) => {
      const { method = 'GET', headers = {}, body = null } = init;
      logins.push(new Request(url, { method, headers, body }));
      return context.fetch(url, init);
    };
    await adapter.checkCredentials?.({ ...context, fetch });
    expect(logins).toHaveLength(1);
    for (const login of logins) {
      expect([login.method, login.url]).toEqual(['POST', 'https://pbx.example:5001/connect/token']);
      expect(login.headers.get('content-type')).toBe('application/x-www-form-urlencoded');
      expect(Object.fromEntries(await login.formData())).toEqual({
        client_id: '8300',
        client_secret: 'key-of-the-client',
        grant_type: 'client_credentials',
      });
    }
  });

  it.each([
    [400, { error: 'invalid_client' }, 'auth_failed', /Client ID/],
    [401, { error: 'x', error_description: 'y' }, 'auth_failed', /Client ID/],
    [403, {}, 'auth_failed', /let this host/],
    [404, {}, 'invalid_config', /not offer the login of 3CX/],
    [429, {}, 'rate_limited', /could not log/],
    [503, {}, 'unavailable', /could not log/],
    [200, {}, 'unreadable_response', /no token/],
  ])('that is answered with %i fails with an explanation', async (status, body, code, message) => {
    const { adapter, context } = stubPbx({ 'POST /connect/token': json(body, status) });
    await expect(adapter.checkCredentials?.(context)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});
