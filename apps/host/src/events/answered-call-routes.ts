import { createHash, timingSafeEqual } from 'node:crypto';
import type { AnsweredCall, Logger } from '@finaz-telephony/core';
import { Hono, type MiddlewareHandler } from 'hono';
import type { Counter } from 'prom-client';
import { boundFeature } from '../calls/feature-work.ts';
import { inContext, type LoggedWorkplace } from '../calls/in-context.ts';
import type { ClientAddress } from '../http/client-address.ts';
import { RequestError } from '../http/error-response.ts';
import type { HostContext, HostEnv } from '../http/host-env.ts';
import { described } from '../http/openapi.ts';
import type { ProblemItem } from '../http/problem.ts';
import { smallBytes } from '../http/small-body.ts';
import type { Tenant, TenantDirectory } from '../tenants/tenant.ts';
import { answeredCallPage } from './answered-call-page.ts';
import type { AppendedEvent, EventLog, EventSource } from './event-log.ts';
import {
  readManualNotification,
  readSender,
  type NotificationForm,
} from './manual-notification.ts';
import { createRateLimit } from './rate-limit.ts';

export interface AnsweredCallDependencies extends LoggedWorkplace {
  readonly log: EventLog;
  readonly directory: TenantDirectory;
  readonly clientAddress: ClientAddress;
  readonly logger: Logger;
  /** Labels: tenant, source, outcome. */
  readonly received: Counter;
}

/** A whole company, however many dialers it has behind one address. */
const perTenant = { perSecond: 20_000, burst: 40_000 };
/** An address whose events are refused: a stranger who tries, or a vendor that is set up wrongly. */
const refusedPerAddress = { perSecond: 10, burst: 100 };

type Gate = (
  context: HostContext,
  tenantId: string,
  token: string | undefined,
) => Tenant | Promise<Tenant>;

/** The one way in: the manual's two addresses, and the callbacks of adapters. */
export function createAnsweredCallRoutes(dependencies: AnsweredCallDependencies): Hono<HostEnv> {
  const app = new Hono<HostEnv>();
  const { log, received } = dependencies;
  const now = () => dependencies.now().getTime();
  const strangers = createRateLimit({ ...refusedPerAddress, now });
  const tenants = createRateLimit({ ...perTenant, now });
  const admit = createGate(dependencies);

  const countRefusals: MiddlewareHandler<HostEnv> = async (context, next) => {
    await next();
    const { status } = context.res;
    if (status === 400 || status === 403) strangers.take(dependencies.clientAddress(context));
  };
  app.use('/telephony-proxy/*', countRefusals);
  app.use('/callbacks/*', countRefusals);

  async function record(
    tenant: Tenant,
    source: EventSource,
    connection: string,
    call: AnsweredCall,
  ): Promise<AppendedEvent> {
    refuseTooMany(tenants.take(tenant.id));
    const appended = await log.append({ tenant, source, connection, call });
    received.inc({
      tenant: tenant.id,
      source,
      outcome: appended.repeated ? 'repeated' : 'recorded',
    });
    return appended;
  }

  async function notified(
    context: HostContext,
    form: NotificationForm,
  ): Promise<{ call: AnsweredCall; tenant: Tenant; appended: AppendedEvent }> {
    refuseUnlessGet(context);
    refuseTooMany(strangers.waitOf(dependencies.clientAddress(context)));
    const reading = readManualNotification(queryOf(context.req.url), form);
    if (reading.problems) throw notificationProblem(reading.problems);
    const admitted = admit(context, reading.tenantId, reading.token);
    const tenant = admitted instanceof Promise ? await admitted : admitted;
    const connection = tenant.bindings.answeredCall ?? '';
    return {
      call: reading.call,
      tenant,
      appended: await record(tenant, form, connection, reading.call),
    };
  }

  app.get(
    '/telephony-proxy/atendimentodiscador',
    described({
      tag: 'events',
      summary: "Answered call, told by the vendor's server",
      description:
        'Answers only when the event is durable. The same event again is answered alike and delivered once.',
      query: {
        pid: "The CRM's id of the contact.",
        num: 'Number of the call.',
        cid: "The vendor's id of the call.",
        ramal: "The operator's extension.",
        empresaId: 'Id of the company; `empresald` is the same.',
        token: 'Where the company asks for one.',
      },
      answers: { 200: { description: 'Durable.' } },
      open: true,
    }),
    async (context) => {
      const { appended } = await notified(context, 'server');
      return context.json(
        { status: 'ok', eventId: appended.eventId, repeated: appended.repeated },
        200,
        noStore,
      );
    },
  );

  app.get(
    '/telephony-proxy/atendimentoreceptivo',
    described({
      tag: 'events',
      summary: "Answered call, told by a window of the operator's browser",
      description:
        "Records the event and leads on to the company's screen, or shows the data of the call.",
      query: {
        num: 'Number of the call.',
        cid: "The vendor's id of the call.",
        ramal: "The operator's extension.",
        empresaId: 'Id of the company; `empresald` is the same.',
        token: 'Where the company asks for one.',
      },
      answers: {
        200: { description: 'A small page.', mediaType: 'text/html' },
        302: { description: "The company's screen." },
      },
      open: true,
    }),
    async (context) => {
      const { call, tenant } = await notified(context, 'browser');
      const screen = tenant.inbound.screenPop?.(call);
      if (screen !== undefined) return context.body(null, 302, { ...noStore, Location: screen });
      return context.html(answeredCallPage(call), 200, {
        ...noStore,
        'Content-Security-Policy':
          "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
      });
    },
  );

  app.get(
    '/telephony-proxy/teste',
    described({
      tag: 'events',
      summary: "Whether the vendor's server may send events: nothing is recorded",
      description: 'The same gate as for events: company, source address, token.',
      query: {
        empresaId: 'Id of the company; `empresald` is the same.',
        token: 'Where the company asks for one.',
      },
      answers: { 200: { description: 'Events would be taken.' } },
      open: true,
    }),
    async (context) => {
      refuseUnlessGet(context);
      refuseTooMany(strangers.waitOf(dependencies.clientAddress(context)));
      const { tenantId, token } = readSender(queryOf(context.req.url));
      await admit(context, tenantId, token);
      return context.json({ status: 'ok' }, 200, noStore);
    },
  );

  // Other methods, and other addresses below the manual's.
  app.all('/telephony-proxy/:name', (context) => {
    refuseUnlessGet(context);
    return context.notFound();
  });
  app.all('/callbacks/:tenant/:connection/*', callback);
  app.on(
    ['GET', 'POST'],
    '/callbacks/:tenant/:connection',
    described({
      tag: 'events',
      summary: "Answered call, told in the telephone system's own words",
      description:
        'Read by the connection that serves `answeredCall`, through the same gate: company, source address, token. Answers only when the event is durable. An adapter may use addresses below this one, and other methods.',
      query: { token: 'Where the company asks for one.' },
      answers: { 200: { description: 'Durable.' } },
      open: true,
    }),
    callback,
  );
  app.all('/callbacks/:tenant/:connection', callback);

  async function callback(context: HostContext): Promise<Response> {
    refuseTooMany(strangers.waitOf(dependencies.clientAddress(context)));
    refuseWhatTellsNothing(context);
    refusePrefetch(context);
    const tenant = await admit(
      context,
      context.req.param('tenant') ?? '',
      context.req.query('token'),
    );
    const name = context.req.param('connection');
    const feature = boundFeature(tenant, 'answeredCall');
    // A connection that this company has not bound is as unknown as a company that is not there.
    if (feature.connection.name !== name)
      throw closed(dependencies.logger, tenant.id, 'connection not bound to answeredCall');
    const hasBody = context.req.method !== 'GET';
    const request = new Request(context.req.url, {
      method: context.req.method,
      headers: context.req.raw.headers,
      ...(hasBody && { body: await smallBytes(context) }),
    });
    const reading = await inContext(
      dependencies,
      {
        tenant,
        connection: feature.connection,
        feature: 'answeredCall',
        personal: [],
        signal: AbortSignal.timeout(feature.connection.limits.timeoutMs),
      },
      (work) => feature.run(request, work),
    );
    const appended = await Promise.all(
      reading.events.map((call) => record(tenant, 'callback', feature.connection.name, call)),
    );
    return (
      reading.response ??
      context.json({ status: 'ok', eventIds: appended.map(({ eventId }) => eventId) }, 200, noStore)
    );
  }

  return app;
}

const noStore = {
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

function queryOf(url: string): string {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start + 1);
}

function refuseUnlessGet(context: HostContext): void {
  // Hono runs the handler of GET for HEAD too, and a HEAD must change nothing.
  if (context.req.method !== 'GET') {
    throw new RequestError(405, 'method_not_allowed', 'An answered call is told with GET.', {
      headers: { Allow: 'GET' },
    });
  }
  refusePrefetch(context);
}

/** Methods that may change nothing; an adapter would take them for what they are not. */
function refuseWhatTellsNothing(context: HostContext): void {
  if (!/^(?:HEAD|OPTIONS|TRACE)$/.test(context.req.method)) return;
  throw new RequestError(405, 'method_not_allowed', 'An answered call is told with GET or POST.', {
    headers: { Allow: 'GET, POST, PUT, PATCH, DELETE' },
  });
}

/** A browser that looks ahead is no operator who has answered. */
function refusePrefetch(context: HostContext): void {
  const { req } = context;
  const purpose = [
    req.header('Sec-Purpose'),
    req.header('Purpose'),
    req.header('X-Purpose'),
    req.header('X-Moz'),
  ].join(' ');
  if (/prefetch|prerender|preview/i.test(purpose)) {
    throw new RequestError(
      425,
      'forbidden',
      'This address changes something and is not for looking ahead.',
    );
  }
}

function refuseTooMany(waitMs: number): void {
  if (waitMs > 0) {
    throw new RequestError(429, 'too_many_requests', 'Too many events.', {
      hint: 'Send more slowly; what was refused was not recorded.',
      headers: { 'Retry-After': String(Math.max(1, Math.ceil(waitMs / 1000))) },
    });
  }
}

function notificationProblem(problems: readonly ProblemItem[]): RequestError {
  return new RequestError(400, 'invalid_input', 'The notification cannot be used as it is.', {
    hint: 'Parameters: pid, num, cid, ramal, empresaId (server); num, cid, ramal, empresaId (browser).',
    errors: [...problems],
  });
}

/** Unknown company, foreign address, wrong token: the sender hears the same of each, only the log tells which it was. */
function closed(logger: Logger, tenantId: string, reason: string): RequestError {
  logger.warn({ tenant: tenantId, reason }, 'an event was refused');
  return new RequestError(403, 'forbidden', 'Events of this company are not taken from here.', {
    hint: 'The operator of the host finds the reason in its log.',
  });
}

const digest = (text: string) => createHash('sha256').update(text).digest();
const sameToken = (given: string | undefined, wanted: string) =>
  timingSafeEqual(digest(given ?? ''), digest(wanted));

function createGate({ directory, clientAddress, logger }: AnsweredCallDependencies): Gate {
  function check(
    context: HostContext,
    tenantId: string,
    token: string | undefined,
    tenant: Tenant | undefined,
  ): Tenant {
    if (!tenant) throw closed(logger, tenantId, 'unknown company');
    if (tenant.bindings.answeredCall === undefined)
      throw closed(logger, tenantId, 'feature answeredCall is off');
    const address = clientAddress(context);
    if (!tenant.inbound.allows(address))
      throw closed(logger, tenantId, `address ${address} is not in inbound.allowFrom`);
    const wanted = tenant.inbound.token;
    if (wanted !== undefined && !sameToken(token, wanted))
      throw closed(logger, tenantId, 'wrong token');
    return tenant;
  }
  return (context, tenantId, token) => {
    const ready = directory.peek(tenantId);
    if (ready) return check(context, tenantId, token, ready);
    return directory.get(tenantId).then((tenant) => check(context, tenantId, token, tenant));
  };
}
