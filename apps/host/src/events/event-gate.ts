import { createHash, timingSafeEqual } from 'node:crypto';
import type { AnsweredCall, Logger } from '@finaz-telephony/core';
import { TenantIdSchema } from '@finaz-telephony/core/host';
import type { MiddlewareHandler } from 'hono';
import type { Counter } from 'prom-client';
import * as v from 'valibot';
import type { ClientAddress } from '../http/client-address.ts';
import { RequestError } from '../http/request-error.ts';
import type { HostContext, HostEnv } from '../http/host-env.ts';
import { createTellSeldom } from '../tell-seldom.ts';
import type { Tenant, TenantDirectory } from '../tenants/tenant.ts';
import { inJobSpan, inSpan } from '../tracing.ts';
import type { AppendedEvent, EventLog, EventSource } from './event-log.ts';
import { eventSpan } from './event-span.ts';
import { createRateLimit } from './rate-limit.ts';
import { refuseTooMany } from './refuse-too-many.ts';
import { createRefusedSenders } from './refused-senders.ts';

export interface EventGateDependencies {
  readonly log: Pick<EventLog, 'append' | 'appendAll'>;
  readonly directory: TenantDirectory;
  readonly clientAddress: ClientAddress;
  readonly logger: Logger;
  /** A monotonic clock: the system's clock, set ahead, would drop the limits, and set back, prolong them. */
  readonly monotonic?: () => number;
  /** Labels: tenant, source, outcome. */
  readonly received: Counter;
}

/** The only way in for events, however they are reported. */
export interface EventGate {
  /** @throws {RequestError} 429 if too many requests of this sender were refused lately; 425 if a browser only prefetches */
  readonly refuseAtOnce: (context: HostContext, tenantId: string | undefined) => void;
  /** The company, if the sender may report its calls. A promise only if the company is not in memory yet. @throws {RequestError} 403 */
  readonly admit: (
    context: HostContext,
    tenantId: string,
    token: string | undefined,
  ) => Tenant | Promise<Tenant>;
  /**
   * The company of a window that has reported a call and now shows it. The window sends no token, which should not appear in a second address.
   *
   * @throws {RequestError} 403, and 429 if too many such requests were refused lately
   */
  readonly admitAgain: (context: HostContext, tenantId: string) => Promise<Tenant>;
  /**
   * Logs that an event cannot be used. The sender is told as well, but few telephone systems look at an answer: when screens stay dark, the log is all that the
   * operator of the host has.
   */
  readonly tellUnusable: (
    tenantId: string | undefined,
    reason: string,
    connection?: string,
  ) => void;
  /** A 403 that is the same for every reason; the reason is only logged. */
  readonly forbidden: (context: HostContext, tenantId: string, reason: string) => RequestError;
  /** Makes any other refusal one that does not show whether the company exists. */
  readonly refusal: (context: HostContext, error: RequestError) => RequestError;
  /** Resolves when the event is durable. @throws {RequestError} 429 */
  readonly record: (
    tenant: Tenant,
    source: Exclude<EventSource, 'callback'>,
    connection: string,
    call: AnsweredCall,
  ) => Promise<AppendedEvent>;
  /**
   * Records all calls of one request: all become durable, or none. `unreadable` counts those of the request that could not be used.
   *
   * @throws {RequestError} 429
   */
  readonly recordAll: (
    tenant: Tenant,
    connection: string,
    calls: readonly AnsweredCall[],
    unreadable: number,
  ) => Promise<AppendedEvent[]>;
  /** Runs around all event routes, and counts what was refused. */
  readonly countRefusals: MiddlewareHandler<HostEnv>;
}

/** The limit of a whole company, however many dialers send its events. */
const perTenant = { perSecond: 20_000, burst: 40_000 };

export function createEventGate(dependencies: EventGateDependencies): EventGate {
  const { log, directory, clientAddress, logger, received } = dependencies;
  const { monotonic: now = () => performance.now() } = dependencies;
  const tellRefused = createTellSeldom(logger);
  const senders = createRefusedSenders({ directory, clientAddress, now });
  const tenants = createRateLimit({ ...perTenant, now });

  function forbidden(context: HostContext, tenantId: string, reason: string): RequestError {
    tellRefused(ofTenant(tenantId), `an event was refused: ${reason}`);
    return senders.alike(
      context,
      new RequestError(403, 'forbidden', 'Events of this company are not taken from here.', {
        hint: 'The reason is in the log of the host.',
      }),
    );
  }

  /** Checks all but the token. */
  function checkSender(context: HostContext, tenantId: string, tenant: Tenant | undefined): Tenant {
    if (!tenant) throw forbidden(context, tenantId, 'unknown company');
    if (tenant.bindings.answeredCall === undefined)
      throw forbidden(context, tenantId, 'feature answeredCall is off');
    const address = clientAddress(context);
    if (!tenant.inbound.allows(address))
      throw forbidden(context, tenantId, `address ${address} is not in inbound.allowFrom`);
    return tenant;
  }

  function checkAll(
    context: HostContext,
    tenantId: string,
    token: string | undefined,
    found: Tenant | undefined,
  ): Tenant {
    const tenant = checkSender(context, tenantId, found);
    const wanted = tenant.inbound.token;
    if (wanted !== undefined && !sameToken(token, wanted))
      throw forbidden(context, tenantId, 'wrong token');
    return tenant;
  }

  /** Text that cannot be a company id is not looked up: PostgreSQL fails on a NUL. */
  const find = (tenantId: string): Promise<Tenant | undefined> =>
    v.is(TenantIdSchema, tenantId) ? directory.get(tenantId) : Promise.resolve(undefined);

  return {
    tellUnusable(tenantId, reason, connection) {
      const whose = { ...ofTenant(tenantId), ...(connection !== undefined && { connection }) };
      tellRefused({ ...whose, reason }, 'an event was refused: it cannot be used');
    },
    forbidden,
    refusal: senders.alike,
    countRefusals: senders.count,
    refuseAtOnce(context, tenantId) {
      refusePrefetch(context);
      senders.enter(context, clientAddress(context), tenantId);
    },
    admit(context, tenantId, token) {
      const ready = directory.peek(tenantId);
      if (ready) return checkAll(context, tenantId, token, ready);
      return find(tenantId).then((tenant) => checkAll(context, tenantId, token, tenant));
    },
    async admitAgain(context, tenantId) {
      // Counted apart from events: when an office reopens many old windows in the morning, the refused ones must not block the events of new calls.
      senders.enter(context, `page ${clientAddress(context)}`, tenantId);
      return checkSender(context, tenantId, await find(tenantId));
    },
    async record(tenant, source, connection, call) {
      refuseTooMany(tenants.take(tenant.id));
      return inJobSpan(`event ${source}`, eventSpan(tenant, source, connection), async (span) => {
        const appended = await log.append({ tenant, source, connection, call });
        const outcome = outcomeOf(appended);
        received.inc({ tenant: tenant.id, source, outcome });
        span.tell({ 'telephony.event.id': appended.eventId, 'telephony.outcome': outcome });
        return appended;
      });
    },
    async recordAll(tenant, connection, calls, unreadable) {
      const source = 'callback';
      const count = (outcome: string, of = 1) =>
        received.inc({ tenant: tenant.id, source, outcome }, of);
      if (calls.length === 0) return [];
      refuseTooMany(tenants.take(tenant.id, calls.length));
      // Not `inJobSpan`: the callback route has begun a job span already.
      return inSpan(`event ${source}`, eventSpan(tenant, source, connection), async (span) => {
        const events = calls.map((call) => ({ tenant, source, connection, call }) as const);
        const appended = await log.appendAll(events);
        for (const event of appended) count(outcomeOf(event));
        if (unreadable > 0) count('unreadable', unreadable);
        const [first] = appended;
        if (first && appended.length === 1)
          span.tell({ 'telephony.event.id': first.eventId, 'telephony.outcome': outcomeOf(first) });
        return appended;
      });
    },
  };
}

const outcomeOf = ({ repeated }: AppendedEvent) => (repeated ? 'repeated' : 'recorded');

/** Logs the company only if it can be an id: a stranger may send anything. */
const ofTenant = (tenantId: string | undefined): { tenant?: string } =>
  v.is(TenantIdSchema, tenantId) ? { tenant: tenantId } : {};

/** A browser that prefetches is not an operator who has answered. */
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
      'A request to this address has an effect, so it must not be prefetched or previewed.',
    );
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest();
const sameToken = (given: string | undefined, wanted: string) =>
  timingSafeEqual(digest(given ?? ''), digest(wanted));
