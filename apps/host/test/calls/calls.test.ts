import { startLoopbackServer } from '@finaz-telephony/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import {
  AnyObject,
  CallsShape,
  jsonOf,
  PlacedShape,
  ProblemShape,
  TimelineShape,
} from '../support/json.ts';
import {
  adminKey,
  placeCall,
  startTestHost,
  tenantDocument,
  type TestHost,
} from '../support/test-host.ts';

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
});
afterAll(() => host.stop());
beforeEach(() => {
  host.vendor.faults.clear();
  host.vendor.telephony.calls.clear();
});

const wanted = { queue: '7', extension: '1001', areaCode: '41', number: '99999-8888' };

describe('click2call', () => {
  it('sends the vendor exactly what the document says, and gives the call id', async () => {
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

  it('is not placed without a parameter that would be lost by its name', async () => {
    const before = host.vendor.requests.length;
    const parameters: unknown = JSON.parse('{"campaign":"x","__proto__":"lost"}');
    const response = await host.tenant('/calls', { json: { ...wanted, parameters } });
    expect(response.status).toBe(400);
    expect((await jsonOf(response, ProblemShape)).errors).toEqual([
      { path: 'parameters.__proto__', message: expect.stringContaining('this name') },
    ]);
    expect(host.vendor.requests).toHaveLength(before);
  });

  it("is refused with the vendor's own words", async () => {
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
  ])('is in doubt where the id of the call can be none: %s', async (_name, id, words) => {
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
  ])('names what is wrong with a number, without repeating it', async (json, words) => {
    const before = host.vendor.requests.length;
    const response = await host.tenant('/calls', { json });
    expect(response.status).toBe(400);
    const { detail } = await jsonOf(response, ProblemShape);
    expect(detail).toContain(words);
    expect(detail).not.toContain(json.number);
    expect(host.vendor.requests).toHaveLength(before);
  });

  it('names every field that is wrong with its place and the mend', async () => {
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

  it('refuses what is no JSON, too deep, or of another type', async () => {
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
  ])('reads no more than it may of a body without a length: %s', async (path, method, headers) => {
    const leaving = new AbortController();
    // Never ends: whoever waits for that has no answer.
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
  });

  it('reads a body without a length', async () => {
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

describe('Idempotency-Key', () => {
  const keyed = (key: string, json: object = wanted) =>
    host.tenant('/calls', { json, headers: { 'Idempotency-Key': key } });

  it('places one call however often the request is sent, and answers alike', async () => {
    const first = await jsonOf(await keyed('once-1'), PlacedShape);
    const again = await keyed('once-1');
    expect(again.status).toBe(201);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await jsonOf(again, PlacedShape)).toEqual(first);
    expect(host.vendor.telephony.calls.size).toBe(1);
  });

  it('places one call when many are sent at once', async () => {
    const statuses = await Promise.all(
      Array.from({ length: 8 }, () => keyed('race-1').then(({ status }) => status)),
    );
    expect(statuses.filter((status) => status === 201).length).toBeGreaterThanOrEqual(1);
    expect(statuses.every((status) => status === 201 || status === 409)).toBe(true);
    expect(host.vendor.telephony.calls.size).toBe(1);
  });

  it('is not good for another request', async () => {
    await keyed('other-1');
    const response = await keyed('other-1', { ...wanted, extension: '1002' });
    expect(response.status).toBe(422);
    expect(await jsonOf(response, ProblemShape)).toMatchObject({ code: 'idempotency_conflict' });
  });

  it('is kept where the call may have been placed, whatever the status', async () => {
    let dialed = 0;
    const vendor = await startLoopbackServer((_request, response) => {
      dialed += 1;
      response.end(JSON.stringify({ id: 'line\nbreak' }));
    });
    const settings = {
      baseUrl: vendor.url,
      click2call: {
        steps: [{ request: { url: '/dial' }, capture: { line: '{{ reply.id }}' } }],
        request: { url: '/confirm', headers: { 'X-Line': '{{ captures.line }}' } },
      },
    };
    const own = await startTestHost({
      document: {
        connections: { dialer: { adapter: 'generic-http', settings } },
        features: { click2call: 'dialer' },
      },
    });
    const place = () =>
      own.tenant('/calls', { json: wanted, headers: { 'Idempotency-Key': 'half-1' } });
    try {
      const first = await place();
      expect(first.status).toBe(400);
      expect(await first.text()).toContain('"delivery":"unknown"');
      expect((await place()).headers.get('idempotent-replayed')).toBe('true');
      expect(dialed).toBe(1);
    } finally {
      await own.stop();
      await vendor.close();
    }
  });

  it('is of its company alone', async () => {
    const document = { ...tenantDocument(host.vendor.url), id: '1043' };
    await host.ask('/v1/tenants/1043/secrets/vendorToken', {
      method: 'PUT',
      json: { value: host.vendor.token },
    });
    await host.ask('/v1/tenants/1043', { method: 'PUT', json: document });
    const first = await keyed('shared-1');
    const other = await host.ask('/v1/tenants/1043/calls', {
      json: { ...wanted, extension: '1002' },
      headers: { 'Idempotency-Key': 'shared-1' },
    });
    expect([first.status, other.status]).toEqual([201, 201]);
    expect((await host.ask('/v1/tenants/1043', { method: 'DELETE' })).status).toBe(204);
  });

  it('keeps the answer of a call in doubt, which must not be tried again', async () => {
    host.vendor.faults.next('click2call', { kind: 'resetBeforeAnswer' }, 1);
    const first = await keyed('doubt-1');
    expect(first.status).toBe(502);
    const again = await keyed('doubt-1');
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await again.text()).toBe(await first.text());
    expect(host.vendor.telephony.calls.size).toBe(1);
  });
});

describe('every fault of the vendor', () => {
  it.each([
    [{ kind: 'hang' }, 504, 'timeout', 'unknown'],
    [{ kind: 'slow', ms: 60_000 }, 504, 'timeout', 'unknown'],
    [{ kind: 'status', status: 500 }, 503, 'unavailable', 'answered'],
    [{ kind: 'status', status: 429, retryAfter: '7' }, 429, 'rate_limited', 'answered'],
    [{ kind: 'reset' }, 502, 'network', 'unknown'],
    [{ kind: 'resetBeforeAnswer' }, 502, 'network', 'unknown'],
    [{ kind: 'html' }, 502, 'unreadable_response', 'answered'],
    [{ kind: 'brokenJson' }, 502, 'unreadable_response', 'answered'],
    [{ kind: 'empty' }, 502, 'unreadable_response', 'unknown'],
    [{ kind: 'echo' }, 503, 'unavailable', 'answered'],
    [{ kind: 'endless' }, 502, 'response_too_large', 'answered'],
    [{ kind: 'gzipBomb' }, 502, 'response_too_large', 'answered'],
    [{ kind: 'deepJson' }, 502, 'response_too_large', 'answered'],
    [
      { kind: 'redirect', location: 'http://169.254.169.254/' },
      502,
      'unreadable_response',
      'answered',
    ],
  ] as const)('%j becomes a clear problem, in time', async (fault, status, code, delivery) => {
    host.vendor.faults.next('click2call', fault, 1);
    const before = host.vendor.requests.length;
    const startedAt = performance.now();
    const response = await host.tenant('/calls', { json: wanted });
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    const problem = await jsonOf(response, ProblemShape);
    expect({ status: response.status, code: problem.code, delivery: problem.delivery }).toEqual({
      status,
      code,
      delivery,
    });
    expect(host.vendor.requests.length - before).toBe(1);
    expect(JSON.stringify(problem)).not.toMatch(/vendor-token|41999998888|99999-?8888/);
  });

  it('keeps the words of the vendor beside ours', async () => {
    host.vendor.faults.next('click2call', { kind: 'status', status: 503 }, 1);
    const problem = await jsonOf(await host.tenant('/calls', { json: wanted }), ProblemShape);
    expect(problem.vendor).toMatchObject({
      status: 503,
      message: 'falha 503 no servidor do discador',
    });
    host.vendor.faults.next('click2call', { kind: 'status', status: 429, retryAfter: '7' }, 1);
    expect((await host.tenant('/calls', { json: wanted })).headers.get('retry-after')).toBe('7');
  });

  it('lists what is in doubt, for a person to settle', async () => {
    host.vendor.faults.next('click2call', { kind: 'hang' }, 1);
    const problem = await jsonOf(await host.tenant('/calls', { json: wanted }), ProblemShape);
    const attemptId = problem.attemptId ?? '';
    const listed = await jsonOf(await host.tenant('/calls?state=in_doubt'), CallsShape);
    expect(listed.calls.map((call) => call.attemptId)).toContain(attemptId);
    const settled = await host.tenant(`/calls/${attemptId}/settle`, {
      json: { state: 'accepted', callId: 'c-77' },
    });
    expect(await jsonOf(settled, AnyObject)).toMatchObject({ state: 'accepted', callId: 'c-77' });
    const again = await host.tenant(`/calls/${attemptId}/settle`, { json: { state: 'failed' } });
    expect(again.status).toBe(409);
  });

  it('is the end of the tries for a while when the vendor is gone', async () => {
    const own = await startTestHost();
    try {
      await own.vendor.close();
      const codes: string[] = [];
      for (let count = 0; count < 12; count += 1) {
        codes.push((await jsonOf(await own.tenant('/calls', { json: wanted }), ProblemShape)).code);
      }
      expect(codes.slice(0, 10)).toEqual(Array(10).fill('network'));
      expect(codes.slice(10)).toEqual(['unavailable', 'unavailable']);
    } finally {
      await own.stop();
    }
  });
});

describe('transfer', () => {
  it('hands over the call of the extension, found by what the host knows', async () => {
    const callId = await placeCall(host);
    const response = await host.tenant('/transfers', {
      json: { queue: '7', extension: '1001', destination: '(41) 3333-0000' },
    });
    expect(response.status).toBe(200);
    expect(await jsonOf(response, AnyObject)).toMatchObject({ status: 'accepted', callId });
    expect(host.vendor.requests.at(-1)?.path).toBe('/extensions/1001/transfer');
    expect(host.vendor.requests.at(-1)?.body.toString()).toBe('{"destination":"4133330000"}');
  });

  it('leaves an extension and the name of a queue as they are written', async () => {
    await placeCall(host);
    const response = await host.tenant('/transfers', {
      json: { queue: '7', extension: '1001', destination: '100-1' },
    });
    expect(response.status).toBe(200);
    expect(host.vendor.requests.at(-1)?.body.toString()).toBe('{"destination":"100-1"}');
  });

  it('is refused where there is no call', async () => {
    const response = await host.tenant('/transfers', {
      json: { queue: '7', extension: '1002', destination: '4133330000' },
    });
    expect(response.status).toBe(422);
    expect(await jsonOf(response, ProblemShape)).toMatchObject({
      code: 'refused',
      vendor: { message: 'ramal sem ligacao em curso' },
    });
  });

  it('cannot leave its place in the address', async () => {
    const response = await host.tenant('/transfers', {
      json: { queue: '7', extension: '../calls', destination: '4133330000' },
    });
    expect(response.status).toBe(422);
    expect(host.vendor.requests.at(-1)?.path).toBe('/extensions/..%2Fcalls/transfer');
  });
});

describe('a call seen afterwards', () => {
  it('has a timeline of both directions, and exchanges that are found by id, number and contact', async () => {
    const callId = await placeCall(host);
    await fetch(
      `${host.url}/telephony-proxy/atendimentodiscador?pid=c-55&num=41999998888&cid=${callId}&ramal=1001&empresaId=1042`,
    );
    const { entries } = await jsonOf(await host.tenant(`/calls/${callId}`), TimelineShape);
    expect(entries.map(({ kind }) => kind).toSorted()).toEqual(['answered', 'attempt', 'exchange']);
    const Found = v.looseObject({
      exchanges: v.array(v.looseObject({ curl: v.string(), callId: v.nullable(v.string()) })),
    });
    for (const query of [`callId=${callId}`, 'phone=%2B55+41+99999-8888']) {
      const { exchanges } = await jsonOf(await host.tenant(`/exchanges?${query}`), Found);
      expect(exchanges.some((exchange) => exchange.callId === callId)).toBe(true);
      expect(JSON.stringify(exchanges)).not.toMatch(/vendor-token|41999998888/);
      expect(exchanges[0]?.curl).toMatch(/^curl -X POST 'http:\/\/127\.0\.0\.1:\d+\/calls' /);
    }
    expect((await host.tenant('/calls/never-seen')).status).toBe(404);
  });
});

describe('preview and test', () => {
  it('shows the exact request without sending it, secrets masked, and where each value came from', async () => {
    const before = host.vendor.requests.length;
    const response = await host.tenant('/connections/dialer/preview', {
      json: { feature: 'click2call', input: wanted },
    });
    const preview = await jsonOf(
      response,
      v.looseObject({
        request: v.looseObject({ body: v.string(), headers: v.record(v.string(), v.string()) }),
        values: v.array(v.looseObject({})),
      }),
    );
    expect(preview.request).toMatchObject({
      method: 'POST',
      url: `${host.vendor.url}/calls`,
      body: '{"extension":"1001","number":"41999998888","queue":"7"}',
    });
    expect(preview.request.headers['authorization']).toBe('Bearer ***vendorToken***');
    expect(preview.values).toContainEqual({
      place: 'body.json.extension',
      expression: 'extension',
      value: '1001',
      source: 'input',
    });
    expect(host.vendor.requests).toHaveLength(before);
  });

  it('sends a test and shows request, answer, what was read, and the time', async () => {
    const response = await host.tenant('/connections/dialer/test', {
      json: { feature: 'click2call', input: wanted },
    });
    const test = await jsonOf(
      response,
      v.looseObject({
        ok: v.boolean(),
        exchanges: v.array(v.looseObject({ status: v.nullable(v.number()) })),
        result: v.looseObject({ callId: v.string() }),
      }),
    );
    expect(test.ok).toBe(true);
    expect(test.exchanges[0]?.status).toBe(201);
    expect(JSON.stringify(test)).not.toContain('vendor-token');
    expect(
      await jsonOf(await host.tenant('/connections/dialer/test', { json: {} }), AnyObject),
    ).toMatchObject({ ok: true });
    expect(
      await jsonOf(
        await host.tenant('/connections/dialer/test', {
          json: { feature: 'transfer', input: { queue: '7', extension: '1002', destination: '1' } },
        }),
        AnyObject,
      ),
    ).toMatchObject({ ok: false, error: { code: 'refused' } });
  });

  it('previews a transfer as it is sent, the destination in its digits', async () => {
    const input = { queue: '7', extension: '1001', destination: '(41) 3333-0000' };
    const response = await host.tenant('/connections/dialer/preview', {
      json: { feature: 'transfer', input },
    });
    expect(await response.text()).toContain('4133330000');
  });

  it('previews every outgoing feature', async () => {
    const inputs = {
      transfer: { queue: '7', extension: '1001', destination: '4133330000' },
      recording: { callId: 'c-1' },
      contactClear: { queue: '7' },
      contactLoad: {
        queue: '7',
        contact: {
          contactId: '1',
          name: 'A',
          cpf: '52998224725',
          phones: [{ areaCode: '41', number: '999998888' }],
        },
      },
      dialerResults: { queue: '7', from: '2026-11-24T03:00:00Z', to: '2026-11-25T03:00:00Z' },
    };
    for (const [feature, input] of Object.entries(inputs)) {
      const response = await host.tenant('/connections/dialer/preview', {
        json: { feature, input },
      });
      expect({ feature, status: response.status }).toEqual({ feature, status: 200 });
    }
    expect(
      (
        await host.tenant('/connections/nope/preview', {
          json: { feature: 'recording', input: { callId: '1' } },
        })
      ).status,
    ).toBe(404);
    expect(
      (
        await host.tenant('/connections/dialer/preview', {
          json: { feature: 'answeredCall', input: {} },
        })
      ).status,
    ).toBe(400);
  });
});
