import { assert as check, asyncProperty, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { SettingsError, TelephonyError } from '../../src/index.ts';
import { createTemplateAdapter, TemplateSettingsSchema } from '../../src/template/index.ts';
import { fakeContext } from '../support/fake-context.ts';
import { runFeature } from '../support/run-feature.ts';

const dial = (request: object, more: object = {}) => ({
  click2call: { request: { url: 'https://pbx.example/x', ...request }, ...more },
});

function issuesOf(settings: unknown): string[] {
  try {
    createTemplateAdapter(v.parse(TemplateSettingsSchema, settings));
    return [];
  } catch (error) {
    if (SettingsError.isInstance(error))
      return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    throw error;
  }
}

async function errorOf(result: Promise<unknown>): Promise<TelephonyError> {
  const error: unknown = await result.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!TelephonyError.isInstance(error)) throw new Error(`no TelephonyError but ${String(error)}`);
  return error;
}

describe('a document with a mistake', () => {
  it.each([
    [
      dial({ url: 'https://pbx.example/{{ ramall }}' }),
      'click2call.request.url: unknown variable "ramall"; did you mean "extension"?',
    ],
    [
      dial({ query: { n: '{{ numero }}' } }),
      'click2call.request.query.n: unknown variable "numero"; did you mean "number"?',
    ],
    [
      dial({ query: { n: '{{ number | digitos }}' } }),
      'unknown filter "digitos"; did you mean "digits"?',
    ],
    [dial({ query: { n: '{{ variables.tokn }}' } }), 'unknown variable "variables.tokn"'],
    [
      dial({ query: { n: '{{ number | truncate }}' } }),
      'filter "truncate" takes 1 value behind ":", not 0',
    ],
    [dial({ query: { n: "{{ number | phone: 'x' }}" } }), '"phone" needs one of "e164"'],
    [dial({ query: { n: '{{ number' } }), '"{{" has no "}}" behind it'],
    [dial({ query: { n: '{{ "open }}' } }), 'click2call.request.query.n'],
    [
      dial({ url: 'https://{{ extension }}.example/' }),
      'the host of an address may only come from {{ variables… }}',
    ],
    [dial({ url: '/calls' }), 'is relative; write the whole address, or set baseUrl'],
    [dial({ url: 'ftp://pbx.example/' }), 'only http:// and https:// addresses can be called'],
    [dial({ body: { json: {} } }), 'a GET request has no body'],
    [dial({ headers: { Host: 'x' } }), 'is set by the host itself'],
    [
      dial({}, { outcome: [{ when: 'reply.ok = false', is: 'ok' }] }),
      'click2call.outcome.0.when: unexpected',
    ],
    [
      dial({}, { outcome: [{ when: 'text matches "("', is: 'ok' }] }),
      'the regular expression cannot be read',
    ],
    [
      dial({}, { capture: { callId: '{{ replay.id }}' } }),
      'unknown variable "replay"; did you mean "reply"?',
    ],
  ])('%j is told place and mend', (settings, message) => {
    expect(issuesOf(settings).join('\n')).toContain(message);
  });

  it('is told everything at once', () => {
    expect(
      issuesOf(dial({ query: { a: '{{ aa }}', b: '{{ bb }}' }, headers: { C: '{{ cc }}' } })),
    ).toHaveLength(3);
  });
});

describe('a request', () => {
  const echoes = 'a/b?c#d&e=f"\\{{ number }} ç\u{1F600}';

  it('escapes each value by its place, and reads none of them again', async () => {
    const settings = {
      variables: { v: echoes },
      ...dial({
        method: 'POST',
        url: 'https://pbx.example/p/{{ variables.v }}/q?fixed=1',
        query: { q: '{{ variables.v }}' },
        body: {
          json: {
            whole: '{{ variables.v }}',
            part: '<{{ variables.v }}>',
            n: '{{ extension | number }}',
            flag: '{{ variables.v == "x" }}',
            none: null,
          },
        },
      }),
    };
    const { context, result } = runFeature('click2call', settings);
    await result;
    const [{ url, body }] = [context.sent[0] ?? { url: '', body: '' }];
    const parsed = new URL(url);
    expect(parsed.pathname.split('/').map(decodeURIComponent)).toEqual(['', 'p', echoes, 'q']);
    expect([...parsed.searchParams]).toEqual([
      ['fixed', '1'],
      ['q', echoes],
    ]);
    expect(JSON.parse(body)).toEqual({
      whole: echoes,
      part: `<${echoes}>`,
      n: 1001,
      flag: false,
      none: null,
    });
  });

  it('keeps its structure whatever a value holds', async () => {
    await check(
      asyncProperty(string({ unit: 'binary', maxLength: 40 }), async (value) => {
        const settings = {
          variables: { v: value },
          ...dial({
            method: 'POST',
            query: { a: '{{ variables.v }}', z: 'end' },
            body: {
              multipart: {
                field: '{{ variables.v }}',
                file: { filename: 'f.csv', content: 'x{{ variables.v }}y' },
                last: 'end',
              },
            },
          }),
        };
        const { context, result } = runFeature('click2call', settings);
        const failed = await result.then(
          () => false,
          () => true,
        );
        if (failed) return;
        const [sent] = context.sent;
        expect([...new URL(sent?.url ?? '').searchParams]).toEqual([
          ['a', value],
          ['z', 'end'],
        ]);
        const form = await new Response(sent?.body, {
          headers: { 'content-type': sent?.headers['content-type'] ?? '' },
        }).formData();
        expect([...form.keys()]).toEqual(['field', 'file', 'last']);
      }),
      { numRuns: 200 },
    );
  });

  it('refuses what would leave its place', async () => {
    const header = await errorOf(
      runFeature(
        'click2call',
        dial({ headers: { 'X-Q': '{{ queue }}' } }),
        {},
        { queue: 'a\r\nX-Evil: 1' },
      ).result,
    );
    expect(header).toMatchObject({ code: 'invalid_input', delivery: 'not_sent' });
    const path = await errorOf(
      runFeature(
        'click2call',
        dial({ url: 'https://pbx.example/{{ queue }}/x' }),
        {},
        { queue: '..' },
      ).result,
    );
    expect(path.code).toBe('invalid_input');
  });

  it('asks the caller for a parameter that is missing, unless there is a default', async () => {
    const missing = await errorOf(
      runFeature('click2call', dial({ query: { c: '{{ parameters.campaign }}' } })).result,
    );
    expect(missing).toMatchObject({
      code: 'invalid_input',
      message: 'The value of {{ parameters.campaign }} was not sent.',
    });
    const { context, result } = runFeature(
      'click2call',
      dial({ query: { c: "{{ parameters.campaign | default: 'none' }}" } }),
    );
    await result;
    expect(context.sent[0]?.url).toBe('https://pbx.example/x?c=none');
  });

  it('tells where each value came from', async () => {
    const { context, result } = runFeature(
      'click2call',
      {
        variables: { t: '1' },
        ...dial({
          query: { a: '{{ extension }}', b: '{{ variables.t }}', c: '{{ parameters.p }}' },
        }),
      },
      {},
      { parameters: { p: '2' } },
    );
    await result;
    expect(context.traced.map(({ place, source }) => [place, source])).toEqual([
      ['query.a', 'input'],
      ['query.b', 'variable'],
      ['query.c', 'parameter'],
    ]);
  });
});

describe('an answer', () => {
  it.each([
    [{ status: 401 }, 'auth_failed'],
    [{ status: 404 }, 'not_found'],
    [{ status: 429, headers: { 'retry-after': '3' } }, 'rate_limited'],
    [{ status: 500 }, 'unavailable'],
    [{ status: 418 }, 'refused'],
    [{ status: 302 }, 'unreadable_response'],
    [{ body: '<html>' }, 'unreadable_response'],
    [{ body: '{"id":"' }, 'unreadable_response'],
    [{ body: '' }, 'unreadable_response'],
    [{ body: '{"other":1}' }, 'unreadable_response'],
    [{ body: `${'['.repeat(100_000)}${']'.repeat(100_000)}` }, 'response_too_large'],
  ])('%j ends in %s', async (reply, code) => {
    const error = await errorOf(
      runFeature('click2call', dial({}, { capture: { callId: '{{ reply.id }}' } }), reply).result,
    );
    expect(error.code).toBe(code);
    expect(error.vendor?.status).toBe('status' in reply ? reply.status : 200);
    expect(error.retryAfterMs).toBe(code === 'rate_limited' ? 3000 : undefined);
  });

  it('never lends what objects inherit', async () => {
    const settings = dial(
      {},
      {
        outcome: [
          { when: 'reply.__proto__ or reply.constructor or reply.toString', is: 'refused' },
        ],
        capture: { callId: '{{ reply.id }}' },
      },
    );
    expect(await runFeature('click2call', settings, { body: '{"id":"9"}' }).result).toEqual({
      callId: '9',
      captures: {},
    });
    const own = await errorOf(
      runFeature('click2call', settings, { body: '{"id":"9","__proto__":{"x":1}}' }).result,
    );
    expect(own.code).toBe('refused');
  });

  it('is read in linear time, whatever the pattern', async () => {
    const settings = dial({}, { outcome: [{ when: 'text matches "(a+)+$"', is: 'refused' }] });
    const startedAt = performance.now();
    await runFeature('click2call', settings, { body: `${'a'.repeat(50_000)}!` }).result;
    expect(performance.now() - startedAt).toBeLessThan(3000);
  });

  it('keeps ids as they are written, and a byte order mark out', async () => {
    const settings = dial(
      {},
      { capture: { callId: '{{ reply.id }}', small: '{{ reply.small }}' } },
    );
    expect(
      await runFeature('click2call', settings, {
        body: '\ufeff{"id":98765432109876543210,"small":7,"t":"12345678901234567890"}',
      }).result,
    ).toEqual({
      callId: '98765432109876543210',
      captures: { small: '7' },
    });
  });
});

describe('features', () => {
  it('recording passes audio through, with the range asked for', async () => {
    const { features } = createTemplateAdapter(
      v.parse(TemplateSettingsSchema, {
        recording: { request: { url: 'https://pbx.example/{{ callId }}' } },
      }),
    );
    const context = fakeContext({
      status: 206,
      headers: { 'content-type': 'audio/wav' },
      body: 'RIFF',
    });
    const response = await features.recording?.({ callId: 'c-1', range: 'bytes=0-3' }, context);
    expect(await response?.text()).toBe('RIFF');
    expect(context.sent[0]?.headers['range']).toBe('bytes=0-3');
  });

  it('contactLoad tells which contact was refused', async () => {
    const settings = {
      contactLoad: {
        request: {
          method: 'POST',
          url: 'https://pbx.example/c',
          body: {
            form: {
              id: '{{ contactId }}',
              cpf: '{{ cpf | digits }}',
              p: '{{ areaCode1 }}{{ number1 }}',
              q: '{{ areaCode2 }}{{ number2 }}',
            },
          },
        },
      },
    };
    const loaded = runFeature('contactLoad', settings);
    expect(await loaded.result).toEqual({ rejected: [] });
    expect(loaded.context.sent[0]?.body).toBe('id=7001&cpf=52998224725&p=41999998888&q=');
    expect(
      await runFeature('contactLoad', settings, { status: 422, body: '{"message":"no phone"}' })
        .result,
    ).toMatchObject({ rejected: [{ contactId: '7001', vendor: { message: 'no phone' } }] });
  });

  it('dialerResults names a row that cannot be read', async () => {
    const settings = {
      dialerResults: {
        request: { url: 'https://pbx.example/r' },
        rows: 'reply',
        fields: {
          contactId: '{{ row.c }}',
          number: '{{ row.n }}',
          at: '{{ row.at }}',
          status: '{{ row.s }}',
        },
      },
    };
    const error = await errorOf(
      runFeature('dialerResults', settings, {
        body: '[{"c":"1","n":"1","at":"yesterday","s":"x"}]',
      }).result,
    );
    expect(error.message).toBe('Row 1 of the results has a date that cannot be read.');
    expect(
      (await errorOf(runFeature('dialerResults', settings, { body: '{}' }).result)).message,
    ).toContain('no list at "reply"');
  });

  it.each([
    [
      new Request('https://host/callbacks?pid=1&num=(41)99999-8888&cid=c&ramal=9'),
      { contactId: '1', number: '41999998888', callId: 'c', extension: '9' },
    ],
    [
      new Request('https://host/callbacks?num=%2B5541999998888&cid=c&ramal=9', {
        method: 'POST',
        body: '{"x":1}',
      }),
      { number: '+5541999998888', callId: 'c', extension: '9' },
    ],
  ])('answeredCall reads the manual’s parameters', async (request, call) => {
    const { features } = createTemplateAdapter(
      v.parse(TemplateSettingsSchema, { answeredCall: {} }),
    );
    expect(await features.answeredCall?.(request, fakeContext())).toEqual({ events: [call] });
  });

  it('answeredCall reads a webhook in its own shape', async () => {
    const settings = v.parse(TemplateSettingsSchema, {
      answeredCall: {
        fields: {
          number: '{{ body.call.to }}',
          callId: '{{ body.call.id }}',
          extension: '{{ body.agent }}',
        },
      },
    });
    const { features } = createTemplateAdapter(settings);
    const request = new Request('https://host/callbacks', {
      method: 'POST',
      body: '{"call":{"id":12345678901234567890,"to":"41 3333-0000"},"agent":1001}',
    });
    expect(await features.answeredCall?.(request, fakeContext())).toEqual({
      events: [{ number: '4133330000', callId: '12345678901234567890', extension: '1001' }],
    });
  });
});
