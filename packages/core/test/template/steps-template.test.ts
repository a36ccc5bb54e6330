import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { TelephonyError } from '../../src/index.ts';
import { runFeature, runOperation } from '../support/run-feature.ts';
import { skipWaits } from '../support/skip-waits.ts';
import { dial, errorOf, issuesOf } from '../support/template-documents.ts';

const neverLeft = new TelephonyError({
  code: 'network',
  message: 'There is no connection.',
  delivery: 'not_sent',
});

const at = (path: string) => ({ request: { url: `https://pbx.example/${path}` } });

describe('steps', () => {
  it('of "activate" are skipped if their condition does not hold, even the last step', async () => {
    const settings = (when: string) => ({
      contactLoad: {
        ...at('load'),
        prepare: [{ ...at('list'), capture: { list: '{{ reply.id }}' } }],
        activate: [at('a'), { ...at('b'), when }],
      },
    });
    const held = runOperation('activate', settings('captures.list == "42"'), {});
    await held.result;
    expect(held.context.sent.map(({ url }) => url)).toEqual([
      'https://pbx.example/a',
      'https://pbx.example/b',
    ]);
    const left = runOperation('activate', settings('captures.list == "43"'), {});
    await left.result;
    expect(left.context.sent.map(({ url }) => url)).toEqual(['https://pbx.example/a']);
  });

  it.each([
    ['reports/77', 'https://pbx.example/api/reports/77'],
    ['/files/1.csv', 'https://pbx.example/files/1.csv'],
    ['https://pbx.example/a.mp3?s=1#t=0', 'https://pbx.example/a.mp3?s=1'],
  ])('can capture the address of the next request: %s', async (location, url) => {
    for (const baseUrl of ['https://pbx.example/api', 'https://pbx.example/api/']) {
      const { context, result } = runFeature(
        'click2call',
        {
          baseUrl,
          ...dial(
            { url: '{{ captures.at }}', query: { token: 't' } },
            { steps: [{ ...at('job'), capture: { at: '{{ header.location }}' } }] },
          ),
        },
        { headers: { Location: location } },
      );
      await result;
      expect(context.sent[1]?.url).toBe(`${url}${url.includes('?') ? '&' : '?'}token=t`);
    }
  });

  it('are skipped if the parameter of their condition was not sent, even if a filter follows the parameter', async () => {
    for (const when of ['parameters.vip == "yes"', 'parameters.vip | lower == "yes"']) {
      const { context, result } = runFeature(
        'click2call',
        dial({}, { steps: [{ ...at('vip'), when }] }),
      );
      await result;
      expect(context.sent.map(({ url }) => url)).toEqual(['https://pbx.example/x']);
    }
  });

  it('leave a call in doubt if one step was sent and a value of the next step is missing', async () => {
    const settings = dial(
      {},
      { steps: [at('dial'), at('status/{{ parameters.id | required: "the id" }}')] },
    );
    const { context, result } = runFeature('click2call', settings);
    expect(await errorOf(result)).toMatchObject({ code: 'invalid_input', delivery: 'unknown' });
    expect(context.sent.map(({ url }) => url)).toEqual(['https://pbx.example/dial']);
  });

  it('leave a call in doubt if they were sent and the last request cannot be sent', async () => {
    const { result } = runFeature('click2call', dial({}, { steps: [at('dial')] }), [
      {},
      { error: neverLeft },
    ]);
    expect(await errorOf(result)).toMatchObject({ code: 'network', delivery: 'unknown' });
  });

  const asking = (value: string) => ({
    steps: [{ request: { url: `https://pbx.example/jobs/{{ ${value} }}`, method: 'POST' } }],
    ...at('jobs/7'),
    outcome: [{ when: 'reply.state == "FAILED"', is: 'refused' }],
  });
  const asked = asking('phone');
  const poll = { repeat: { until: 'reply.state == "DONE"', every: 0.2, atMost: 1 } };

  it.each([429, 503, 401, 404])(
    'that start a job leave the call or load in doubt if the request for its state gets status %i',
    async (status) => {
      const load = { unit: 'contact', ...asking('contactId') };
      for (const settings of [{ click2call: asked }, { click2call: { ...asked, ...poll } }]) {
        const { result } = runFeature('click2call', settings, [{}, { status }]);
        expect(await errorOf(result)).toMatchObject({ delivery: 'unknown' });
      }
      for (const contactLoad of [load, { ...load, ...poll }]) {
        const { result } = runFeature('contactLoad', { contactLoad }, [{}, { status }]);
        expect(await errorOf(result)).toMatchObject({ delivery: 'unknown' });
      }
    },
  );

  it('that dial by GET leave the call in doubt if the request for its id gets status 404', async () => {
    const click2call = { steps: [at('dial/{{ number }}')], ...at('last-call') };
    const { result } = runFeature('click2call', { click2call }, [{}, { status: 404 }]);
    expect(await errorOf(result)).toMatchObject({ code: 'not_found', delivery: 'unknown' });
  });

  const post = (path: string) => ({
    request: { url: `https://pbx.example/${path}`, method: 'POST' },
  });
  const items = { url: 'https://pbx.example/x', query: { n: '{{ items | map: "phone1" }}' } };
  it.each([
    [
      'click2call',
      { click2call: { steps: [post('dial/{{ phone }}')], ...at('calls/{{ phone }}') } },
    ],
    [
      'click2call',
      { click2call: { steps: [at('dial/{{ phone }}')], ...at('calls/{{ phone }}'), ...poll } },
    ],
    ['transfer', { transfer: { steps: [post('to/{{ destination }}')], ...at('last') } }],
    [
      'contactLoad',
      {
        contactLoad: {
          unit: 'batch',
          steps: [{ request: { ...items, method: 'POST' } }],
          ...at('last'),
        },
      },
    ],
  ] as const)(
    'that name number, destination or contact leave a doubt if the GET after them gets status 429: %s %j',
    async (feature, settings) => {
      const { result } = runFeature(feature, settings, [{}, { status: 429 }]);
      expect(await errorOf(result)).toMatchObject({ code: 'rate_limited', delivery: 'unknown' });
    },
  );

  const login = [post('login')];
  it.each([
    ['click2call', { click2call: { steps: login, ...at('dial/{{ number }}') } }],
    ['click2call', { click2call: { steps: [at('calls/{{ phone }}')], ...at('dial/{{ phone }}') } }],
    ['click2call', { click2call: { steps: [post('leads/{{ phone }}')], ...post('leads/7/dial') } }],
    ['click2call', { click2call: { steps: login, ...at('redial') } }],
    ['transfer', { transfer: { steps: login, ...at('hand/{{ destination }}') } }],
    ['contactLoad', { contactLoad: { unit: 'contact', steps: login, ...at('add/{{ phone1 }}') } }],
    [
      'contactLoad',
      {
        contactLoad: {
          unit: 'batch',
          steps: [{ request: { url: 'https://pbx.example/{{ queue }}', method: 'POST' } }],
          request: { url: 'https://pbx.example/add', query: { n: '{{ items | map: "phone1" }}' } },
        },
      },
    ],
  ] as const)(
    'that log in or look up before the decisive request leave nothing in doubt if that request gets status 429: %s %j',
    async (feature, settings) => {
      const { result } = runFeature(feature, settings, [{}, { status: 429 }]);
      expect(await errorOf(result)).toMatchObject({ code: 'rate_limited', delivery: 'answered' });
    },
  );

  it('can capture the id of the call, and values that are kept with the call', async () => {
    const capture = { callId: '{{ reply.id }}', server: '{{ reply.server }}' };
    const { result } = runFeature('click2call', dial({}, { steps: [{ ...at('dial'), capture }] }), [
      { body: '{"id":"c-9","server":"b"}' },
      {},
    ]);
    expect(await result).toEqual({ callId: 'c-9', captures: { server: 'b' } });
  });

  it('that start a job leave the call in doubt if the job is not done in time', async () => {
    let now = 0;
    // The clock advances by 20 seconds each time it is read, so that the time is over at once.
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 20_000));
    onTestFinished(() => void vi.restoreAllMocks());
    const { context, result } = runFeature('click2call', { click2call: { ...asked, ...poll } });
    expect(await errorOf(result)).toMatchObject({ code: 'timeout', delivery: 'unknown' });
    expect(context.sent).toHaveLength(2);
  });

  it('with "tolerate" are passed over if the telephone system refuses, but not if it fails, gives no answer or wants a login', async () => {
    const settings = dial({}, { steps: [{ ...at('pause'), tolerate: true }] });
    const refused = runFeature('click2call', settings, [{ status: 422 }, {}]);
    await refused.result;
    expect(refused.context.sent).toHaveLength(2);
    const noAnswer = new TelephonyError({ code: 'timeout', message: 'None.', delivery: 'unknown' });
    for (const reply of [{ error: noAnswer }, { status: 401 }, { status: 503 }]) {
      const { context, result } = runFeature('click2call', settings, [reply, {}]);
      await errorOf(result);
      expect(context.sent).toHaveLength(1);
    }
  });

  it('that start a job do not leave the call in doubt if the job says that it has failed', async () => {
    const reply = { body: '{"state":"FAILED"}' };
    const { result } = runFeature('click2call', { click2call: asked }, [{}, reply]);
    expect(await errorOf(result)).toMatchObject({ code: 'refused', delivery: 'answered' });
    const repeat = { ...poll.repeat, failed: 'reply.state == "FAILED"' };
    const polled = { click2call: { ...asked, outcome: [], repeat } };
    const { result: waited } = runFeature('click2call', polled, [{}, reply]);
    expect(await errorOf(waited)).toMatchObject({ delivery: 'answered' });
  });

  it('before the decisive request leave nothing in doubt if that request gets status 429', async () => {
    const settings = dial({ method: 'POST' }, { steps: [at('agent')] });
    const { result } = runFeature('click2call', settings, [{}, { status: 429 }]);
    expect(await errorOf(result)).toMatchObject({ code: 'rate_limited', delivery: 'answered' });
  });

  it('of a report in pages are sent once, and cannot read the page number', async () => {
    const settings = (job: string) => ({
      baseUrl: 'https://pbx.example',
      dialerResults: {
        steps: [{ request: { method: 'POST', url: job }, capture: { job: '{{ reply.job }}' } }],
        request: { url: '/exports/{{ captures.job }}' },
        rows: 'reply.data',
        fields: { number: '{{ row.n }}', at: '{{ row.at }}', status: 'x' },
        pages: { next: '{{ reply.next }}' },
      },
    });
    const page = (n: string, next?: string) => ({
      body: JSON.stringify({ data: [{ n, at: '2026-11-24T12:00:00Z' }], next }),
    });
    const { context, result } = runFeature('dialerResults', settings('/exports'), [
      { body: '{"job":9}' },
      page('41999998888', '/exports/9?page=2'),
      page('41999998887'),
    ]);
    expect(await result).toHaveLength(2);
    expect(context.sent.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST https://pbx.example/exports',
      'GET https://pbx.example/exports/9',
      'GET https://pbx.example/exports/9?page=2',
    ]);
    expect(issuesOf(settings('/exports/{{ page }}'))).toEqual([
      expect.stringContaining('dialerResults.steps.0.request.url: unknown variable "page"'),
    ]);
  });
});

describe('the id of an accepted call', () => {
  const settings = dial(
    {},
    {
      steps: [at('dial')],
      repeat: { until: 'reply.id', every: 0.2, atMost: 10, otherwise: 'goOn' },
      capture: { callId: '{{ reply.id }}' },
    },
  );

  it('may come late, even from a telephone system that was unavailable before', async () => {
    skipWaits();
    const replies = [{}, { status: 503 }, { body: '{"id":"c-9"}' }];
    const { context, result } = runFeature('click2call', settings, replies);
    expect(await result).toMatchObject({ callId: 'c-9' });
    expect(context.sent).toHaveLength(3);
  });

  it('that cannot be fetched in time leaves the call in doubt', async () => {
    let now = 0;
    // The clock advances by 20 seconds each time it is read, so that the time is over at once.
    vi.spyOn(performance, 'now').mockImplementation(() => (now += 20_000));
    onTestFinished(() => void vi.restoreAllMocks());
    const { result } = runFeature('click2call', settings, [{}, { status: 503 }]);
    expect(await errorOf(result)).toMatchObject({ code: 'unavailable', delivery: 'unknown' });
  });
});
