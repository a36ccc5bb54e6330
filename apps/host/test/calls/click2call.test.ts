import { startLoopbackServer } from '@finaz-telephony/testing';
import { describe, expect, it } from 'vitest';
import { CallsShape, jsonOf, PlacedShape, ProblemShape } from '../support/json.ts';
import { sharedHost, wanted } from '../support/shared-host.ts';
import { adminKey, placeCall, startTestHost } from '../support/test-host.ts';

const host = await sharedHost();

describe('click2call', () => {
  it('sends the vendor exactly the request in the document, and returns the call id', async () => {
    const response = await host.tenant('/calls', { json: wanted });
    expect(response.status).toBe(201);
    const placed = await jsonOf(response, PlacedShape);
    expect(placed.callId).toMatch(/^c-/);
    expect(response.headers.get('location')).toBe(`/v1/tenants/1042/calls/${placed.callId}`);
    const got = host.vendor.requests.at(-1);
    expect(got?.method).toBe('POST');
    expect(got?.path).toBe('/calls');
    expect(got?.headers.authorization).toBe('Bearer vendor-token');
    expect(got?.headers['content-type']).toBe('application/json');
    expect(got?.body.toString()).toBe('{"extension":"1001","number":"41999998888","queue":"7"}');
  });

  it('takes null for no parameters, because many programs send null for what is absent', async () => {
    const response = await host.tenant('/calls', { json: { ...wanted, parameters: null } });
    expect(response.status).toBe(201);
  });

  it('refuses a parameter named __proto__, which would get lost, and sends nothing to the vendor', async () => {
    const before = host.vendor.requests.length;
    const parameters: unknown = JSON.parse('{"campaign":"x","__proto__":"lost"}');
    const response = await host.tenant('/calls', { json: { ...wanted, parameters } });
    expect(response.status).toBe(400);
    expect((await jsonOf(response, ProblemShape)).errors).toEqual([
      { path: 'parameters.__proto__', message: expect.stringContaining('this name') },
    ]);
    expect(host.vendor.requests).toHaveLength(before);
  });

  it("returns the vendor's own message if the vendor refuses the call", async () => {
    await placeCall(host);
    const response = await host.tenant('/calls', { json: wanted });
    expect(response.status).toBe(422);
    expect(await jsonOf(response, ProblemShape)).toMatchObject({
      code: 'refused',
      feature: 'click2call',
      delivery: 'answered',
      vendor: { status: 409, message: 'operador em ligacao' },
    });
  });

  it.each([
    ['with a line break', 'c-1\r\nX: 1', 'control character'],
    ['too long', 'c'.repeat(300), 'more than 256'],
    ['with half of a character', 'c-1\ud800', 'half of a character'],
  ])("is in doubt if the vendor's answer has an invalid call id: %s", async (_name, id, words) => {
    const vendor = await startLoopbackServer((_request, response) => {
      response.end(JSON.stringify({ id }));
    });
    const settings = {
      baseUrl: vendor.url,
      click2call: { request: { url: '/' }, capture: { callId: '{{ reply.id }}' } },
    };
    const own = await startTestHost({
      document: {
        connections: { dialer: { adapter: 'generic-http', settings } },
        features: { click2call: 'dialer' },
      },
    });
    try {
      const problem = await jsonOf(await own.tenant('/calls', { json: wanted }), ProblemShape);
      expect(problem).toMatchObject({ code: 'unreadable_response', delivery: 'unknown' });
      expect(problem.detail).toContain(words);
      const listed = await jsonOf(await own.tenant('/calls?state=in_doubt'), CallsShape);
      expect(listed.calls).toHaveLength(1);
    } finally {
      await own.stop();
      await vendor.close();
    }
  });

  it.each([
    [{ ...wanted, areaCode: '20' }, 'area code'],
    [{ ...wanted, number: '99999-9999' }, 'the same'],
    [{ ...wanted, number: '1234567' }, 'digits'],
    [{ ...wanted, areaCode: '11', number: '41999998888' }, 'differs'],
  ])(
    'refuses an invalid number, says what is wrong without repeating it, and sends nothing to the vendor',
    async (json, words) => {
      const before = host.vendor.requests.length;
      const response = await host.tenant('/calls', { json });
      expect(response.status).toBe(400);
      const { detail } = await jsonOf(response, ProblemShape);
      expect(detail).toContain(words);
      expect(detail).not.toContain(json.number);
      expect(host.vendor.requests).toHaveLength(before);
    },
  );

  it('lists every invalid field by its path, and names unknown keys', async () => {
    const response = await host.tenant('/calls', {
      json: { queue: '', ramal: '1001', extension: 'a\u0000b', areaCode: 41, number: '9' },
    });
    expect(response.status).toBe(400);
    const { errors } = await jsonOf(response, ProblemShape);
    expect(errors?.map(({ path }) => path).toSorted()).toEqual([
      'areaCode',
      'extension',
      'queue',
      'ramal',
    ]);
    expect(errors?.find(({ path }) => path === 'ramal')?.message).toContain('unknown key "ramal"');
  });

  it('refuses broken JSON, deeply nested JSON, other media types and bodies over the limit', async () => {
    const raw = (body: string, type = 'application/json') =>
      host.tenant('/calls', { method: 'POST', body, headers: { 'Content-Type': type } });
    expect((await raw('{')).status).toBe(400);
    expect((await raw('['.repeat(100_000) + ']'.repeat(100_000))).status).toBe(400);
    expect((await raw(JSON.stringify(wanted), 'text/plain')).status).toBe(415);
    expect((await raw(' '.repeat(2_000_000))).status).toBe(413);
  });

  it.each([
    ['/calls', 'POST', {}],
    ['/calls', 'POST', { 'Idempotency-Key': 'endless' }],
    ['/do-not-call', 'PUT', {}],
    ['', 'PUT', {}],
  ])(
    'refuses a body without a length once it exceeds the limit, without waiting for its end: %s',
    async (path, method, headers) => {
      const leaving = new AbortController();
      // The body never ends: a host that waited for its end would never answer.
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new Uint8Array(2_000_000).fill(0x20)),
      });
      const response = await fetch(`${host.url}/v1/tenants/1042${path}`, {
        method,
        headers: {
          Authorization: `Bearer ${adminKey}`,
          'Content-Type': 'application/json',
          ...headers,
        },
        body,
        duplex: 'half',
        signal: leaving.signal,
      });
      expect(response.status).toBe(413);
      leaving.abort();
    },
  );

  it('accepts a body without a length', async () => {
    const response = await fetch(`${host.url}/v1/tenants/1042/calls`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${adminKey}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': 'no-length',
      },
      body: new Blob([JSON.stringify({ ...wanted, extension: '1002' })]).stream(),
      duplex: 'half',
    });
    expect(response.status).toBe(201);
  });
});
