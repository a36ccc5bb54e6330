import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { isTracingSuppressed } from '@opentelemetry/core';
import { startLoopbackServer, type LoopbackServer } from '@finaz-telephony/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Hono } from 'hono';
import { Registry } from 'prom-client';
import * as v from 'valibot';
import type { HostEnv } from '../src/http/host-env.ts';
import { requestLog } from '../src/http/request-log.ts';
import { silentLogger } from '../src/logger.ts';
import { startEgress } from './egress/egress-under-test.ts';
import { foundIn, planted } from './support/discretion.ts';
import { contacts, isIn, sendMailing, until } from './support/mailings.ts';
import { lineOf, recordSpans } from './support/recorded-spans.ts';
import { startHostWithAdapter } from './support/host-with-adapter.ts';
import { placeCall, startTestHost, tenantDocument, type TestHost } from './support/test-host.ts';

const spans = recordSpans();
const callersTraceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const traceparent = `00-${callersTraceId}-00f067aa0ba902b7-01`;
const call = { queue: '7', extension: '1001', areaCode: planted.areaCode, number: planted.number };

let host: TestHost;
let crm: LoopbackServer;
const hangsUp = 0;
let crmAnswer = 200;
/** In each document that is saved here, so that the CRM gets webhooks. */
let inbound: object;
const toldCrm: IncomingHttpHeaders[] = [];

beforeAll(async () => {
  crm = await startLoopbackServer((request, response) => {
    toldCrm.push(request.headers);
    request.resume();
    if (crmAnswer === hangsUp) response.destroy();
    else response.writeHead(crmAnswer).end();
  });
  const webhook = { url: `${crm.url}/hook?key=${planted.token}`, secret: '${secret:hook}' };
  inbound = { allowFrom: ['127.0.0.1/32'], webhook };
  host = await startTestHost({
    vendor: { operators: ['1001', '1002', '1003', '1004'] },
    secrets: { hook: 'a secret of 24 characters' },
    document: { inbound },
  });
});
afterAll(async () => {
  await host.stop();
  await crm.close();
});
beforeEach(() => {
  crmAnswer = 200;
  toldCrm.length = 0;
  spans.forget();
});

const company = (limits?: object) => ({ ...tenantDocument(host.vendor.url, limits), inbound });
const hurried = { timeout: 0.4 };

async function save(document: object): Promise<void> {
  const saved = await host.tenant('?check=skip', { method: 'PUT', json: document });
  expect(saved.status).toBe(200);
}

const tell = (callId: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(
    `${host.url}/telephony-proxy/atendimentodiscador?pid=7001&num=${planted.areaCode}${planted.number}&cid=${callId}&ramal=1001&empresaId=1042`,
    { headers },
  );

describe('an API request', () => {
  it('continues the trace of its caller down to the request to the vendor, who gets no trace headers', async () => {
    const answer = await host.tenant('/calls', {
      json: call,
      headers: { traceparent, baggage: `name=${encodeURIComponent(planted.name)}` },
    });
    expect(answer.status).toBe(201);
    const exchange = await spans.named('POST');
    expect(lineOf(exchange, spans.all())).toEqual([
      'POST',
      'click2call',
      'POST /v1/tenants/:tenant/calls',
    ]);
    expect(new Set(spans.all().map((span) => span.spanContext().traceId))).toEqual(
      new Set([callersTraceId]),
    );
    expect(exchange).toMatchObject({
      kind: SpanKind.CLIENT,
      status: { code: SpanStatusCode.UNSET },
      attributes: {
        'telephony.tenant': '1042',
        'telephony.connection': 'dialer',
        'telephony.feature': 'click2call',
        'http.request.method': 'POST',
        'http.response.status_code': 201,
        'server.address': '127.0.0.1',
      },
    });
    expect((await spans.named('POST /v1/tenants/:tenant/calls')).attributes).toMatchObject({
      'http.route': '/v1/tenants/:tenant/calls',
      'http.response.status_code': 201,
      'telephony.request.id': answer.headers.get('X-Request-Id'),
      'telephony.tenant': '1042',
    });
    const { headers = {} } = host.vendor.requests.at(-1) ?? {};
    expect(Object.keys(headers)).not.toContain('traceparent');
    expect(Object.keys(headers)).not.toContain('baggage');
  });

  it('that fails has its error code in each span, and its trace id in the log', async () => {
    // With a connection of another name, because the failures of one connection are logged only once a minute.
    const { connections, features, ...others } = company(hurried);
    const slow = Object.fromEntries(Object.keys(features).map((feature) => [feature, 'slow']));
    await save({ ...others, connections: { slow: connections.dialer }, features: slow });
    onTestFinished(() => save(company()));
    spans.forget();
    host.vendor.faults.next('click2call', { kind: 'hang' }, 1);
    const answer = await host.tenant('/calls', { json: { ...call, extension: '1002' } });
    expect(answer.status).toBe(504);
    const request = await spans.named('POST /v1/tenants/:tenant/calls');
    for (const name of ['POST', 'click2call', 'POST /v1/tenants/:tenant/calls']) {
      const { status, attributes } = await spans.named(name);
      expect({ name, status, type: attributes['error.type'] }).toEqual({
        name,
        status: { code: SpanStatusCode.ERROR },
        type: 'timeout',
      });
    }
    expect((await spans.named('click2call')).attributes['telephony.outcome']).toBe('in_doubt');
    const { traceId } = request.spanContext();
    expect(host.logged).toContainEqual(
      expect.stringMatching(new RegExp(`"trace_id":"${traceId}".*"msg":"request failed"`)),
    );
  });

  it('has a span of the right length even if the clock was set after the host started', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
    onTestFinished(() => void vi.useRealTimers());
    await host.tenant('');
    expect((await spans.named('GET /v1/tenants/:tenant')).duration).toEqual([0, 0]);
  });

  it('without a valid key, or for the health of the host, has no span even if it names a trace', async () => {
    const refused = await host.ask('/v1/tenants/1042/calls', {
      key: 'none',
      headers: { traceparent },
    });
    expect(refused.status).toBe(401);
    await fetch(`${host.url}/healthz`, { headers: { traceparent } });
    expect(spans.all()).toEqual([]);
  });

  it('for a recording has spans down to the request to the vendor', async () => {
    const callId = await placeCall(host, '1003');
    spans.forget();
    const answer = await host.tenant(`/recordings/${callId}`);
    await answer.arrayBuffer();
    const exchange = await spans.named('GET');
    expect(lineOf(exchange, spans.all())).toEqual([
      'GET',
      'recording',
      'GET /v1/tenants/:tenant/recordings/:callId',
    ]);
  });

  it('for a recording has a span of the request to the vendor that lasts until its last byte', async () => {
    const callId = await placeCall(host, '1004');
    const header = Buffer.concat([Buffer.from('RIFF\x28\0\0\0WAVEfmt '), Buffer.alloc(28)]);
    const { promise: begun, resolve: begin } = Promise.withResolvers<ServerResponse>();
    const pausing = await startLoopbackServer((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'audio/wav', 'Content-Length': '48' });
      response.write(header);
      begin(response);
    });
    onTestFinished(() => pausing.close());
    await save({ ...tenantDocument(pausing.url), inbound });
    onTestFinished(() => save(company()));
    spans.forget();
    const answer = await host.tenant(`/recordings/${callId}`);
    const bytes = answer.body?.getReader();
    expect(Buffer.from((await bytes?.read())?.value ?? []).equals(header)).toBe(true);
    expect(spans.all().map(({ name }) => name)).not.toContain('GET');
    (await begun).end('last');
    expect(Buffer.from((await bytes?.read())?.value ?? []).toString()).toBe('last');
    const { attributes, status } = await spans.named('GET');
    expect(attributes['http.response.status_code']).toBe(200);
    expect(status).toEqual({ code: SpanStatusCode.UNSET });
  });
});

describe('an answered call', () => {
  it('starts a trace of its own, which continues to the webhook of the CRM', async () => {
    const answer = await tell('t-1', { traceparent });
    expect(answer.status).toBe(200);
    const webhook = await spans.named('webhook call.answered');
    const event = await spans.named('event server');
    const { traceId } = event.spanContext();
    expect(traceId).not.toBe(callersTraceId);
    expect(event).toMatchObject({
      kind: SpanKind.CONSUMER,
      attributes: {
        'telephony.event.source': 'server',
        'telephony.outcome': 'recorded',
        'telephony.tenant': '1042',
      },
    });
    expect(lineOf(await spans.named('POST'), spans.all())).toEqual([
      'POST',
      'webhook call.answered',
      'event server',
    ]);
    const [told = {}] = toldCrm;
    expect(told['traceparent']).toBe(`00-${traceId}-${webhook.spanContext().spanId}-01`);
    expect(told['baggage']).toBeUndefined();
  });

  it('whose webhook is refused has the status of the refusal in the span of the webhook', async () => {
    crmAnswer = 410;
    await tell('t-2');
    const { status, attributes } = await spans.named('webhook call.answered');
    expect(status).toEqual({ code: SpanStatusCode.ERROR });
    expect(attributes).toMatchObject({ 'error.type': '410', 'telephony.webhook.attempt': 1 });
  });

  it('whose webhook gets no answer has the error code in the span of the webhook', async () => {
    crmAnswer = hangsUp;
    await tell('t-3');
    const { attributes } = await spans.named('webhook call.answered');
    expect(attributes).toMatchObject({ 'error.type': 'network' });
  });

  it.each([
    [
      'of an unknown company',
      'atendimentodiscador?pid=7&num=4133334444&cid=t-4&ramal=1001',
      9,
      403,
    ],
    ['without a call id', 'atendimentodiscador?pid=7&num=4133334444&ramal=1001', 1042, 400],
    [
      'of an unknown company, in a browser',
      'atendimentoreceptivo?num=41&cid=t-5&ramal=1001',
      9,
      403,
    ],
    ['of an unknown company, at the test address', 'teste?', 9, 403],
  ])('that the host refuses has no span: %s', async (_, address, companyId, status) => {
    const answer = await fetch(`${host.url}/telephony-proxy/${address}&empresaId=${companyId}`);
    expect(answer.status).toBe(status);
    expect(spans.all()).toEqual([]);
  });
});

it('the span of a callback with a wrong signature says forbidden, not an error of the host', async () => {
  const adapter = `() => ({
    features: {
      answeredCall: async () => {
        throw Object.assign(new Error('the signature is wrong'), {
          [Symbol.for('finaz-telephony.error')]: true, code: 'auth_failed', delivery: 'not_sent', retryable: false,
        });
      },
    },
  })`;
  const { url } = await startHostWithAdapter(adapter, 'answeredCall');
  const answer = await fetch(`${url}/callbacks/1042/dialer`, { method: 'POST', body: '{}' });
  expect(answer.status).toBe(403);
  expect((await spans.named('callback')).attributes['error.type']).toBe('forbidden');
});

describe('a mailing', () => {
  // A long timeout, so that a machine that is slow for a moment does not hold the load back.
  const patient = () => {
    const document = company();
    Object.assign(document.connections.dialer.limits, { timeout: 30 });
    return document;
  };
  beforeEach(async () => {
    await save(patient());
    spans.forget();
  });

  it('has a span for each step and page but not for each contact, linked to the request that created the mailing', async () => {
    const id = await sendMailing(host, contacts(250));
    await until(host, id, isIn('active'));
    const intake = await spans.named('POST /v1/tenants/:tenant/mailings');
    expect(intake.attributes['telephony.mailing.id']).toBe(id);
    await spans.named('mailing activate');
    const steps = spans.all().filter(({ name }) => name.startsWith('mailing '));
    // Repeated names are merged, because a page ends early, and another follows, if the load is held back meanwhile.
    const names = steps.map(({ name }) => name);
    expect(names.filter((name, index) => name !== names[index - 1])).toEqual([
      'mailing clear',
      'mailing prepare',
      'mailing send',
      'mailing activate',
    ]);
    expect(names.length).toBeLessThan(10);
    for (const step of steps) {
      expect(step.parentSpanContext).toBeUndefined();
      expect(step.attributes['telephony.mailing.id']).toBe(id);
      expect(step.links.map((link) => link.context.spanId)).toEqual([intake.spanContext().spanId]);
    }
    const sent = steps.map(({ attributes }) =>
      Number(attributes['telephony.mailing.contacts'] ?? 0),
    );
    expect(sent.reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(250);
    expect(Math.max(...sent)).toBeLessThanOrEqual(200);
    expect(spans.all().filter(({ name }) => name === 'contactLoad')).toEqual([]);
    spans.forget();
    await host.tenant(`/mailings/${id}/deactivate`, { method: 'POST' });
    await until(host, id, isIn('finished'));
    const fetched = await spans.named('fetch results');
    expect(fetched.parentSpanContext).toBeUndefined();
    expect(fetched.attributes['telephony.mailing.id']).toBe(id);
    const read = spans.all().filter(({ name }) => name === 'dialerResults');
    expect(read.map((span) => lineOf(span, spans.all()))).toEqual([
      ['dialerResults', 'fetch results'],
    ]);
  });

  it('has the error code in the span of a page that contains a failed contact', async () => {
    host.vendor.faults.next('contactLoad', { kind: 'status', status: 500 }, 1);
    const id = await sendMailing(host, contacts(3, 500), '8');
    await until(host, id, isIn('active'));
    const page = await spans.named('mailing send');
    expect(page.status).toEqual({ code: SpanStatusCode.ERROR });
    expect(page.attributes).toMatchObject({
      'error.type': 'unavailable',
      'telephony.mailing.contacts': 3,
    });
  });

  it('has a span for each batch of contacts below the span of its page', async () => {
    const document = patient();
    Object.assign(document.connections.dialer.settings, {
      contactLoad: { unit: 'batch', size: 2, request: { url: '/ping' } },
    });
    const saved = await host.tenant('', { method: 'PUT', json: document });
    expect(await saved.text()).toContain('"version"');
    spans.forget();
    const id = await sendMailing(host, contacts(4, 1000), '8');
    await until(host, id, isIn('active'));
    const batches = spans.all().filter(({ name }) => name === 'contactLoad');
    expect(batches.map((span) => lineOf(span, spans.all()))).toEqual(
      batches.map(() => ['contactLoad', 'mailing send']),
    );
    expect(batches).toHaveLength(2);
  });
});

it('spans contain nothing personal or secret, whatever the vendor answers', async () => {
  await save(company(hurried));
  onTestFinished(() => save(company()));
  spans.forget();
  const parameters = { about: planted.name };
  for (const kind of ['echo', 'html', 'hang', 'reset', 'brokenJson'] as const) {
    host.vendor.faults.next('*', { kind }, 1);
    await host.tenant('/calls', { json: { ...call, parameters } });
  }
  const number = `${planted.areaCode}${planted.number}`;
  await host.tenant(`/calls?phone=${number}`);
  // The call id of a vendor may be a phone number, too.
  const callId = '41988887777';
  await host.tenant(`/calls/${callId}`);
  await host.tenant(`/nowhere/${planted.cpf}/${encodeURIComponent(planted.name)}`);
  await host.ask(`/v1/tenants/${planted.cpf}/calls`);
  await host.tenant('/transfers', {
    json: { queue: '7', extension: '1001', destination: number, callId },
  });
  await host.tenant(`/recordings/${callId}`);
  const mailing = await sendMailing(
    host,
    [{ ...contacts(1)[0], name: planted.name, cpf: planted.cpf, parameters }],
    '9',
  );
  await until(host, mailing, isIn('active'));
  await tell(callId);
  await spans.named('event server');
  expect(spans.all().length).toBeGreaterThan(20);
  expect(foundIn(spans.shown())).toEqual([]);
  expect(spans.shown()).not.toContain(callId);
});

it('a span of an HTTP server instrumentation around the host contains no path or query either', async () => {
  const app = new Hono<HostEnv>();
  app.use(requestLog(silentLogger, new Registry()));
  app.get('/:number', (seen) => seen.text('seen'));
  const address = `/${planted.cpf}?num=${planted.areaCode}${planted.number}`;
  const [path = '', query = ''] = address.split('?');
  await trace
    .getTracer('http')
    .startActiveSpan(
      'GET',
      { attributes: { 'url.path': path, 'url.query': query, 'http.target': address } },
      async (span) => {
        expect((await app.request(address, {}, {})).status).toBe(200);
        span.end();
      },
    );
  expect((await spans.named('GET')).attributes['url.query']).toBe('***');
  expect(foundIn(spans.shown())).toEqual([]);
});

it('outgoing requests are hidden from other instrumentation, which would trace whole addresses and tell the vendor the trace', async () => {
  const suppressed: boolean[] = [];
  // Only the requests of this test, because the host may still be at work for other tests.
  const OwnShape = v.object({ request: v.object({ path: v.literal('/ping?own') }) });
  const see = (message: unknown) => {
    if (v.is(OwnShape, message)) suppressed.push(isTracingSuppressed(context.active()));
  };
  // An instrumentation of the HTTP client listens to this channel.
  subscribe('undici:request:create', see);
  onTestFinished(() => void unsubscribe('undici:request:create', see));
  const limits = { requestsPerSecond: 1000, concurrency: 1, timeoutMs: 5000 };
  // The second one waits for the only socket.
  const { fetch: send } = startEgress({ limits });
  const answers = await Promise.all(
    [1, 2].map(async () => (await send(`${host.vendor.url}/ping?own`)).text()),
  );
  expect(answers).toHaveLength(2);
  expect(suppressed).toEqual([true, true]);
});
