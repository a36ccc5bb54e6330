import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, it } from 'vitest';
import { wholeBody } from '../support/whole-body.ts';
import { failureOf, httpVendor, startEgress, type Listening } from './egress-under-test.ts';

interface Seen {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A vendor that notes what it is asked and sends `/start` elsewhere. */
async function redirecting(
  status: number,
  locationOf: (own: string) => string | undefined,
): Promise<Listening & { readonly seen: readonly Seen[] }> {
  const seen: Seen[] = [];
  let own = '';
  const vendor = await httpVendor(async (request, response) => {
    const body = String(await wholeBody(request));
    const { method, url: path, headers } = request;
    seen.push({ method, path, headers, body });
    const location = locationOf(own);
    if (path?.startsWith('/start'))
      response.writeHead(status, location === undefined ? {} : { Location: location });
    response.end(path);
  });
  own = vendor.url;
  return { ...vendor, seen };
}

const secretHeaders = {
  Authorization: 'Bearer tok_live',
  Cookie: 'sid=1',
  'X-Api-Key': 'tok_live',
  Range: 'bytes=0-1',
};

describe('a redirect that the request does not ask to follow', () => {
  it.each([301, 302, 303, 307, 308])(
    'is returned to the caller and not followed: status %i',
    async (status) => {
      const vendor = await redirecting(status, (own) => `${own}/end`);
      const response = await startEgress().fetch(`${vendor.url}/start`);
      expect(response.status).toBe(status);
      expect(response.headers.get('location')).toBe(`${vendor.url}/end`);
      await response.body?.cancel();
      expect(vendor.seen).toHaveLength(1);
    },
  );
});

describe("a request with redirect: 'follow'", () => {
  it('follows a redirect, and records each hop', async () => {
    const vendor = await redirecting(302, () => '/end?x=1');
    const egress = startEgress();
    const response = await egress.fetch(`${vendor.url}/start`, { redirect: 'follow' });
    expect(response.url).toBe(`${vendor.url}/end?x=1`);
    expect(await response.text()).toBe('/end?x=1');
    expect(egress.records).toMatchObject([
      { status: 302, errorCode: null },
      { status: 200, errorCode: null },
    ]);
  });

  it('keeps the answer of a redirected login out of the log', async () => {
    const vendor = await redirecting(302, () => '/end?token=tok_live');
    const egress = startEgress();
    const init = { redirect: 'follow', withholdAnswer: true } as const;
    const response = await egress.fetch(`${vendor.url}/start`, init);
    expect(await response.text()).toBe('/end?token=tok_live');
    expect(egress.records[1]?.responseBody).toBe('[credentials, 19 bytes]');
  });

  it.each([
    ['201 that says where the new thing is', 201, '/end'],
    ['302 that leads nowhere', 302, undefined],
  ])('returns a %s as the answer', async (_what, status, location) => {
    const vendor = await redirecting(status, () => location);
    const response = await startEgress().fetch(`${vendor.url}/start`, {
      method: 'POST',
      body: 'number=1',
      redirect: 'follow',
    });
    expect([response.status, await response.text()]).toEqual([status, '/start']);
    expect(vendor.seen).toHaveLength(1);
  });

  it('keeps method, body and credentials on a 307 within the same origin', async () => {
    const vendor = await redirecting(307, () => '/end');
    const response = await startEgress().fetch(`${vendor.url}/start`, {
      method: 'POST',
      headers: secretHeaders,
      body: 'number=1',
      redirect: 'follow',
    });
    expect(await response.text()).toBe('/end');
    expect(vendor.seen[1]).toMatchObject({
      method: 'POST',
      body: 'number=1',
      headers: { authorization: 'Bearer tok_live' },
    });
  });

  it.each([301, 302, 303])(
    'sends nothing but the Range to another origin on a %i: no body, credentials or cookies',
    async (status) => {
      const other = await redirecting(200, () => '');
      const vendor = await redirecting(status, () => `${other.url}/end`);
      const response = await startEgress().fetch(`${vendor.url}/start`, {
        method: 'POST',
        headers: secretHeaders,
        body: 'number=41999998888',
        redirect: 'follow',
      });
      expect(await response.text()).toBe('/end');
      expect(other.seen).toMatchObject([
        { method: 'GET', body: '', headers: { range: 'bytes=0-1' } },
      ]);
      const sent = JSON.stringify(other.seen);
      expect(sent).not.toMatch(/tok_live|sid=1|41999998888/);
    },
  );

  it('sends neither credentials nor cookies to another origin if it has no Range', async () => {
    const other = await redirecting(200, () => '');
    const vendor = await redirecting(302, () => `${other.url}/end`);
    const { Range: _, ...headers } = secretHeaders;
    const response = await startEgress().fetch(`${vendor.url}/start`, {
      headers,
      redirect: 'follow',
    });
    expect(await response.text()).toBe('/end');
    expect(JSON.stringify(other.seen)).not.toMatch(/tok_live|sid=1/);
  });

  it.each([307, 308])('fails rather than send a body to another origin on a %i', async (status) => {
    const other = await redirecting(200, () => '');
    const vendor = await redirecting(status, () => `${other.url}/end`);
    const error = await failureOf(
      startEgress().fetch(`${vendor.url}/start`, {
        method: 'POST',
        body: 'number=1',
        redirect: 'follow',
      }),
    );
    expect(error).toMatchObject({ code: 'unreadable_response', delivery: 'answered' });
    expect(other.sockets).toHaveLength(0);
  });

  it('fails rather than send a stream a second time', async () => {
    const vendor = await redirecting(307, () => '/end');
    const error = await failureOf(
      startEgress().fetch(`${vendor.url}/start`, {
        method: 'POST',
        body: new Blob(['number=1']).stream(),
        duplex: 'half',
        redirect: 'follow',
      }),
    );
    expect(error).toMatchObject({ code: 'unreadable_response', delivery: 'answered' });
    expect(vendor.seen).toHaveLength(1);
  });

  it.each([
    ['an address inside', 'http://169.254.169.254/latest/meta-data'],
    ['a name that leads inside', 'http://inside.example/'],
    ['a file', 'file:///etc/passwd'],
    ['an address with a password', 'http://u:p@127.0.0.1/'],
  ])(
    'is not redirected to %s, and is in doubt because it was sent once',
    async (_name, location) => {
      const vendor = await redirecting(303, () => location);
      const egress = startEgress(
        {},
        { resolve: () => Promise.resolve([{ address: '10.0.0.1', family: 4 }]) },
      );
      const error = await failureOf(
        egress.fetch(`${vendor.url}/start`, { method: 'POST', body: 'x', redirect: 'follow' }),
      );
      expect(error).toMatchObject({ code: 'address_blocked', delivery: 'unknown' });
      expect(error.message).not.toMatch(/latest|passwd/);
      expect(egress.records).toMatchObject([
        { status: 303, errorCode: null },
        { status: null, errorCode: 'address_blocked' },
      ]);
    },
  );

  it('has an unreadable answer if it is redirected to an invalid address', async () => {
    const vendor = await redirecting(302, () => 'http://[');
    expect(
      await failureOf(startEgress().fetch(`${vendor.url}/start`, { redirect: 'follow' })),
    ).toMatchObject({ code: 'unreadable_response', delivery: 'answered' });
  });

  it('follows five redirects at most', async () => {
    const vendor = await redirecting(302, () => '/start-again');
    const egress = startEgress();
    const error = await failureOf(egress.fetch(`${vendor.url}/start`, { redirect: 'follow' }));
    expect(error).toMatchObject({ code: 'unreadable_response', delivery: 'answered' });
    expect(error.hint).toBeDefined();
    expect(vendor.seen).toHaveLength(6);
    await egress.recorded(6);
  });
});
