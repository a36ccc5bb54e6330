import { TelephonyError } from '@finaz-telephony/core';
import { Hono } from 'hono';
import * as v from 'valibot';
import { adapterFailure } from '../adapter-work/adapter-failure.ts';
import { boundFeature, type BoundFeature } from '../tenants/bound-feature.ts';
import { inContext, type LoggedWorkplace } from '../adapter-work/in-context.ts';
import { codeOfError } from '../http/error-response.ts';
import { RequestError } from '../http/request-error.ts';
import type { HostContext, HostEnv } from '../http/host-env.ts';
import { described, type Operation } from '../http/openapi.ts';
import { smallBytes } from '../http/small-body.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { inJobSpan } from '../tracing.ts';
import type { EventGate } from './event-gate.ts';
import { eventSpan } from './event-span.ts';
import { privateHeaders } from './private-headers.ts';
import { inWords, withUnreadable, type CheckedReading } from './unreadable-calls.ts';

const TakenSchema = v.object({
  status: v.literal('ok'),
  eventIds: v.array(v.string()),
  unreadable: v.pipe(
    v.optional(v.array(v.object({ position: v.number(), reason: v.string() }))),
    v.description(
      'The events that cannot be used, if the request has several; position is counted from 1.',
    ),
  ),
});

const callbackOperation = (id: string): Operation => ({
  id,
  tag: 'events',
  summary: "Answered call, told in the telephone system's own words",
  description:
    'Read by the connection that serves `answeredCall`, through the same gate: company, source address, token. Answers only when the event is durable; of several in one request, all of them. An adapter may use addresses below this one, and other methods.',
  query: { token: 'Where the company asks for one.' },
  answers: {
    200: {
      description: 'Durable. An adapter may answer in a form of its own instead.',
      schema: TakenSchema,
    },
  },
  open: true,
});

/** Events in a telephone system's own words, read by the adapter of the connection that serves them. */
export function createCallbackRoutes(gate: EventGate, workplace: LoggedWorkplace): Hono<HostEnv> {
  const app = new Hono<HostEnv>();
  const address = '/callbacks/:tenant/:connection';
  app.all(`${address}/*`, callback);
  app.get(address, described(callbackOperation('getCallback')), callback);
  app.post(address, described(callbackOperation('postCallback')), callback);
  app.all(address, callback);

  async function callback(context: HostContext): Promise<Response> {
    refuseWhatTellsNothing(context);
    const tenantId = context.req.param('tenant') ?? '';
    gate.refuseAtOnce(context, tenantId);
    const tenant = await gate.admit(context, tenantId, context.req.query('token'));
    const name = context.req.param('connection');
    const feature = servingFeature(tenant);
    // A connection that this company has not bound gets the same answer as an unknown company.
    if (feature.connection.name !== name)
      throw gate.forbidden(context, tenant.id, 'connection not bound to answeredCall');
    const span = eventSpan(tenant, 'callback', name);
    // A wrong signature, or too many events, is no fault of this host.
    return inJobSpan('callback', { ...span, codeOf: codeOfError }, () =>
      take(context, tenant, feature),
    );
  }

  function servingFeature(tenant: Tenant): BoundFeature<'answeredCall'> {
    try {
      return boundFeature(tenant, 'answeredCall');
    } catch (error) {
      if (!TelephonyError.isInstance(error)) throw error;
      throw unread(tenant, tenant.bindings.answeredCall, error);
    }
  }

  /** The answer to an event that could not be read. Besides the sender, only the log hears of that event. */
  function unread(tenant: Tenant, connection: string | undefined, failure: TelephonyError): Error {
    const { code, message } = failure;
    workplace.logger.error(
      {
        tenant: tenant.id,
        ...(connection !== undefined && { connection }),
        code,
        reason: message,
      },
      'an event could not be read, and is lost unless its sender sends it again',
    );
    return code === 'invalid_config' ? notReady() : failure;
  }

  async function take(
    context: HostContext,
    tenant: Tenant,
    feature: BoundFeature<'answeredCall'>,
  ): Promise<Response> {
    const { name } = feature.connection;
    const { events, unreadable, response } = await read(context, tenant, feature);
    const appended = await gate.recordAll(tenant, name, events, unreadable.length);
    // Logged only now: if nothing became durable, the sender sends all of it again.
    if (unreadable.length > 0) gate.tellUnusable(tenant.id, inWords(unreadable), name);
    if (response) return response;
    const taken = {
      status: 'ok',
      eventIds: appended.map(({ eventId }) => eventId),
      ...(unreadable.length > 0 && { unreadable }),
    };
    return context.json(taken, 200, privateHeaders);
  }

  async function read(
    context: HostContext,
    tenant: Tenant,
    feature: BoundFeature<'answeredCall'>,
  ): Promise<CheckedReading> {
    const { connection } = feature;
    const request = await requestFor(context);
    const work = {
      tenant,
      connection,
      feature: 'answeredCall',
      personal: [],
      signal: AbortSignal.timeout(connection.limits.timeoutMs),
    } as const;
    try {
      return await inContext(workplace, work, async (forAdapter) =>
        withUnreadable(await feature.run(request, forAdapter), connection.secretValues),
      );
    } catch (error) {
      const failure = adapterFailure(error, 'answeredCall', workplace.logger, {
        tenant: tenant.id,
        connection: connection.name,
      });
      // A wrong signature: the sender gets the same 403 as a stranger, not an error about our credentials at a telephone system.
      if (failure.code === 'auth_failed') throw gate.forbidden(context, tenant.id, failure.message);
      if (failure.code !== 'invalid_input') throw unread(tenant, connection.name, failure);
      gate.tellUnusable(tenant.id, failure.message, connection.name);
      throw failure;
    }
  }

  return app;
}

/** The request as an adapter gets it, with its whole body. */
async function requestFor(context: HostContext): Promise<Request> {
  const { url, method, raw } = context.req;
  const body = method === 'GET' ? null : await smallBytes(context);
  return new Request(url, { method, headers: raw.headers, body });
}

/** Tells the sender nothing about the set-up of the connection, and lets it try again: the set-up may have been mended by then. */
const notReady = () =>
  new RequestError(
    503,
    'invalid_config',
    'No event can be accepted here: the connection is not set up correctly.',
    {
      hint: 'Send it again later; the reason is in the log of the host.',
      headers: { 'Retry-After': '60' },
    },
  );

/** Refuses methods that must not change anything: an adapter would read them as events. */
function refuseWhatTellsNothing(context: HostContext): void {
  if (!/^(?:HEAD|OPTIONS|TRACE)$/.test(context.req.method)) return;
  throw new RequestError(405, 'method_not_allowed', 'An answered call is told with GET or POST.', {
    headers: { Allow: 'GET, POST, PUT, PATCH, DELETE' },
  });
}
