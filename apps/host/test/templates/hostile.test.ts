import { gzipSync } from 'node:zlib';
import { startLoopbackServer, type LoopbackServer } from '@finaz-telephony/testing';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonOf } from '../support/json.ts';
import { startTestHost, tenantDocument, type TestHost } from '../support/test-host.ts';

const rows = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    n: `419999${String(index).padStart(5, '0')}`,
    at: '2026-11-24T12:00:00Z',
    s: 'x',
  }));

// Made before anything is timed, because it takes as long as the neighbour's telephone system has to answer.
const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, 'x'));
const longPage = gzipSync(
  Buffer.concat([Buffer.from('{"data":[]'), Buffer.alloc(64 * 1024 * 1024, ' '), Buffer.from('}')]),
);

let pages = 0;
/** What a hostile or broken telephone system answers, by path. */
const answers: Readonly<Record<string, () => Buffer | string>> = {
  '/regex': () => `${'a'.repeat(900_000)}!`,
  '/deep': () => '['.repeat(100_000),
  '/bomb': () => bomb,
  '/pages': () => JSON.stringify({ data: rows(1), page: (pages += 1) }),
  '/cursor': () => JSON.stringify({ data: rows(1), next: 'again', noise: (pages += 1) }),
  '/page': () => longPage,
  '/poll': () => '{"done":false}',
  '/prototype': () => '{"__proto__":{"id":"stolen"},"constructor":{"id":"stolen"}}',
  '/ok': () => '{"id":"c-1"}',
};

const startVendor = () =>
  startLoopbackServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://vendor.invalid');
    const answer = answers[pathname]?.() ?? '{}';
    if (pathname === '/bomb' || pathname === '/page')
      response.setHeader('Content-Encoding', 'gzip');
    response.setHeader('Content-Type', 'application/json');
    response.end(answer);
  });

/** Each operator takes one call. */
const extensions = Array.from({ length: 40 }, (_, index) => String(1000 + index));
let calls = 0;
let host: TestHost;
let vendor: LoopbackServer;
beforeAll(async () => {
  host = await startTestHost({ vendor: { operators: extensions } });
  vendor = await startVendor();
});
afterAll(async () => {
  await vendor.close();
  await host.stop();
});

const call = { queue: '7', extension: '1001', areaCode: '41', number: '99999-8888' };
const CodeShape = v.looseObject({ code: v.optional(v.string()) });
const TrialShape = v.looseObject({
  ok: v.boolean(),
  error: v.optional(v.looseObject({ code: v.string() })),
});

/** Saves the settings for a company of their own. */
async function saved(id: string, settings: object, feature: string): Promise<Response> {
  return host.ask(`/v1/tenants/${id}?check=skip`, {
    method: 'PUT',
    json: {
      ...tenantDocument(vendor.url),
      id,
      connections: {
        hostile: { adapter: 'generic-http', settings: { baseUrl: vendor.url, ...settings } },
      },
      features: { [feature]: 'hostile' },
    },
  });
}

async function placed(id: string, settings: object, input: object = call): Promise<Response> {
  const document = await saved(id, { click2call: settings }, 'click2call');
  expect(document.status).toBe(201);
  return host.ask(`/v1/tenants/${id}/calls`, { json: input });
}

/** An operator of the neighbour company places a call, while the hostile input is worked on. */
async function goesOn(): Promise<void> {
  const extension = extensions[calls++];
  const response = await host.tenant('/calls', { json: { ...call, extension } });
  expect(response.status).toBe(201);
}

const results = (url: string, more: object) => ({
  dialerResults: {
    request: { url, query: { page: '{{ page }}', cursor: '{{ cursor }}' } },
    rows: 'reply.data',
    fields: { number: '{{ row.n }}', at: '{{ row.at }}', status: '{{ row.s }}' },
    pages: more,
  },
});

describe('hostile input of one company', () => {
  it.each([
    [
      'a pattern that would hold up a backtracking engine',
      {
        request: { url: '/regex' },
        read: { as: 'text' },
        outcome: [{ when: 'text matches "^(a+)+$"', is: 'refused' }],
        capture: { callId: '{{ text | truncate: 3 }}' },
      },
      201,
      undefined,
    ],
    [
      'JSON of 100,000 levels',
      { request: { url: '/deep' }, capture: { callId: '{{ reply.id }}' } },
      502,
      'response_too_large',
    ],
    [
      'a gzip bomb',
      { request: { url: '/bomb' }, capture: { callId: '{{ reply.id }}' } },
      502,
      'response_too_large',
    ],
    [
      'a poll without end',
      { request: { url: '/poll' }, repeat: { until: 'reply.done', every: 0.2, atMost: 0.6 } },
      504,
      'timeout',
    ],
    [
      'keys of the prototype',
      {
        request: { url: '/prototype' },
        capture: { callId: '{{ reply.missing.id }}', who: '{{ reply.toString.name }}' },
      },
      502,
      'unreadable_response',
    ],
  ])(
    'ends the call with a clear outcome while a neighbour company calls on: %s',
    async (name, settings, status, code) => {
      const id = String(2000 + name.length);
      const [response] = await Promise.all([placed(id, settings), goesOn()]);
      const told = await jsonOf(response, CodeShape);
      expect({ status: response.status, code: told.code }).toEqual({ status, code });
      await goesOn();
    },
  );

  it.each([
    ['pages without end', results('/pages', { more: 'true', most: 5 }), 'unreadable_response'],
    [
      'a cursor that comes again',
      results('/cursor', { cursor: '{{ reply.next }}' }),
      'unreadable_response',
    ],
    [
      'a page that would hold up everybody while it is read',
      results('/page', {}),
      'response_too_large',
    ],
  ])(
    'ends the fetch of results with an error while a neighbour company calls on: %s',
    async (name, settings, code) => {
      const id = String(3000 + name.length);
      expect((await saved(id, settings, 'dialerResults')).status).toBe(201);
      const input = { queue: '7', from: '2026-11-24T00:00:00Z', to: '2026-11-25T00:00:00Z' };
      const [trial] = await Promise.all([
        host.ask(`/v1/tenants/${id}/connections/hostile/test`, {
          json: { feature: 'dialerResults', input },
        }),
        goesOn(),
      ]);
      expect(await jsonOf(trial, TrialShape)).toMatchObject({
        ok: false,
        error: { code },
      });
    },
  );

  it('with a line break in a header value is refused, and nothing is sent', async () => {
    const settings = { request: { url: '/ok', headers: { 'X-Note': '{{ parameters.note }}' } } };
    const parameters = { note: '7\r\nX-Injected: 1' };
    const response = await placed('4001', settings, { ...call, parameters });
    expect(response.status).toBe(400);
    expect(await jsonOf(response, CodeShape)).toMatchObject({
      code: 'invalid_input',
      delivery: 'not_sent',
    });
  });

  it('in a document beyond the limits is refused when the document is saved, with the place of each error', async () => {
    const settings = {
      click2call: {
        request: { url: '/ok', query: { a: `{{ ${'('.repeat(60)}1${')'.repeat(60)} }}` } },
        outcome: [
          { when: `text matches "${'a'.repeat(501)}"`, is: 'refused' },
          { when: 'text matches "(?=a)"', is: 'refused' },
        ],
      },
    };
    const response = await saved('4002', settings, 'click2call');
    expect(response.status).toBe(400);
    const { errors } = await jsonOf(
      response,
      v.looseObject({ errors: v.array(v.looseObject({ path: v.string() })) }),
    );
    expect(errors.map(({ path }) => path).toSorted()).toEqual([
      'connections.hostile.settings.click2call.outcome.0.when',
      'connections.hostile.settings.click2call.outcome.1.when',
      'connections.hostile.settings.click2call.request.query.a',
    ]);
  });
});
