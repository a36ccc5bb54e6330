import { createHash, timingSafeEqual } from 'node:crypto';
import { SpanKind } from '@opentelemetry/api';
import { TenantIdSchema, type AnsweredCall, type Logger } from '@finaz-telephony/core';
import type { MiddlewareHandler } from 'hono';
import type { Counter } from 'prom-client';
import * as v from 'valibot';
import type { ClientAddress } from '../http/client-address.ts';
import { RequestError } from '../http/error-response.ts';
import { createTellSeldom } from '../tell-seldom.ts';
import { inJobSpan, inSpan } from '../tracing.ts';
import type { HostContext, HostEnv } from '../http/host-env.ts';
import type { Tenant, TenantDirectory } from '../tenants/tenant.ts';
import type { AppendedEvent, EventLog, EventSource } from './event-log.ts';
import { createRateLimit } from './rate-limit.ts';

export interface EventGateDependencies {
  readonly log: Pick<EventLog, 'append'>;
  readonly directory: TenantDirectory;
  readonly clientAddress: ClientAddress;
  readonly logger: Logger;
  readonly now: () => Date;
  /** Labels: tenant, source, outcome. */
  readonly received: Counter;
}

/** The one way in for events, however they are told. */
export interface EventGate {
  /**
   * Refuses what comes from an address of which much was refused lately. For a company that is there only its own refusals count: a vendor may serve many companies
   * from one address, and one that is set up wrongly must not cost the others their events.
   *
   * @throws {RequestError} 429, where too much from this address was refused lately; 425 where a browser only prefetches
   */
  readonly refuseAtOnce: (context: HostContext, tenantId: string | undefined) => void;
  /** What refuses an event of a company: where one of a company that is not there would be one too many, so is this one, or the limit would tell which there are. */
  readonly refusal: (context: HostContext, error: RequestError) => RequestError;
  /** The company, where the sender may tell of its calls. A promise only where the company is not known yet. @throws {RequestError} 403 */
  readonly admit: (
    context: HostContext,
    tenantId: string,
    token: string | undefined,
  ) => Tenant | Promise<Tenant>;
  /**
   * The company of whoever shows what it was told when it told of a call: without the token, which is to be in no further address.
   *
   * @throws {RequestError} 403, and 429 where too much of that was refused lately
   */
  readonly admitAgain: (context: HostContext, tenantId: string) => Promise<Tenant>;
  /** Where a connection of a company takes no events: told like everything else that is refused. */
  readonly closed: (context: HostContext, tenantId: string, reason: string) => RequestError;
  /**
   * Tells the log of an event that cannot be used. Its sender hears what is wrong with it, and few telephone systems look at an answer: the log is all that an operator has
   * whose screens stay dark.
   */
  readonly tellUnusable: (
    tenantId: string | undefined,
    reason: string,
    connection?: string,
  ) => void;
  /** Resolves when the event is durable. @throws {RequestError} 429 */
  readonly record: (
    tenant: Tenant,
    source: EventSource,
    connection: string,
    call: AnsweredCall,
  ) => Promise<AppendedEvent>;
  /** Counts what was refused. */
  readonly countRefusals: MiddlewareHandler<HostEnv>;
}

/** A whole company, however many dialers it has behind one address. */
const perTenant = { perSecond: 20_000, burst: 40_000 };
/** An address whose events are refused, of a company or of none: a stranger who tries, or a vendor that is set up wrongly. */
const refusedPerSender = { perSecond: 10, burst: 100 };
/** Lookups of companies that are not in memory, for one such address. */
const lookedUpPerAddress = { perSecond: 200, burst: 1000 };

export function createEventGate(dependencies: EventGateDependencies): EventGate {
  const { log, directory, clientAddress, logger, received } = dependencies;
  const now = () => dependencies.now().getTime();
  const tellRefused = createTellSeldom(logger);
  const strangers = createRateLimit({ ...refusedPerSender, now });
  const lookedUp = createRateLimit({ ...lookedUpPerAddress, now });
  const tenants = createRateLimit({ ...perTenant, now });

  /** The sender hears the same of unknown company, foreign address and wrong token; only the log tells which it was. */
  function closed(context: HostContext, tenantId: string, reason: string): RequestError {
    tellRefused(ofTenant(tenantId), `an event was refused: ${reason}`);
    return refusal(
      context,
      new RequestError(403, 'forbidden', 'Events of this company are not taken from here.', {
        hint: 'The operator of the host finds the reason in its log.',
      }),
    );
  }

  /** Of companies that are not in memory an address may ask for some each second, also when much of it was refused. */
  const lookUp = (address: string): number =>
    strangers.waitOf(address) === 0 ? 0 : lookedUp.take(address);

  /** @param address as which it is counted */
  function enter(context: HostContext, address: string, tenantId: string | undefined): void {
    const isOne = v.is(TenantIdSchema, tenantId);
    const isKnown = isOne && directory.peek(tenantId) !== undefined;
    // There or not, it is counted alike.
    const name = isOne ? `${address} ${tenantId}` : address;
    context.set('eventSender', { name, address, isKnown });
    refuseTooMany(strangers.waitOf(name));
    if (isOne && !isKnown) refuseTooMany(lookUp(address));
  }

  function refusal(context: HostContext, error: RequestError): RequestError {
    const sender = context.get('eventSender');
    if (!sender?.isKnown) return error;
    const waitMs = lookUp(sender.address);
    return waitMs === 0 ? error : tooMany(waitMs);
  }

  /** All but the token. */
  function known(context: HostContext, tenantId: string, tenant: Tenant | undefined): Tenant {
    if (!tenant) throw closed(context, tenantId, 'unknown company');
    if (tenant.bindings.answeredCall === undefined)
      throw closed(context, tenantId, 'feature answeredCall is off');
    const address = clientAddress(context);
    if (!tenant.inbound.allows(address))
      throw closed(context, tenantId, `address ${address} is not in inbound.allowFrom`);
    return tenant;
  }

  function check(
    context: HostContext,
    tenantId: string,
    token: string | undefined,
    found: Tenant | undefined,
  ): Tenant {
    const tenant = known(context, tenantId, found);
    const wanted = tenant.inbound.token;
    if (wanted !== undefined && !sameToken(token, wanted))
      throw closed(context, tenantId, 'wrong token');
    return tenant;
  }

  /** No company has an id that is none, and PostgreSQL fails at one that has a NUL. */
  const find = (tenantId: string): Promise<Tenant | undefined> =>
    v.is(TenantIdSchema, tenantId) ? directory.get(tenantId) : Promise.resolve(undefined);

  return {
    closed,
    tellUnusable(tenantId, reason, connection) {
      const whose = { ...ofTenant(tenantId), ...(connection !== undefined && { connection }) };
      tellRefused({ ...whose, reason }, 'an event was refused: it cannot be used');
    },
    refusal,
    refuseAtOnce(context, tenantId) {
      refusePrefetch(context);
      enter(context, clientAddress(context), tenantId);
    },
    admit(context, tenantId, token) {
      const ready = directory.peek(tenantId);
      if (ready) return check(context, tenantId, token, ready);
      return find(tenantId).then((tenant) => check(context, tenantId, token, tenant));
    },
    async admitAgain(context, tenantId) {
      // Apart: an office full of old windows, all opened again in the morning, must cost no call its event.
      enter(context, `page ${clientAddress(context)}`, tenantId);
      return known(context, tenantId, await find(tenantId));
    },
    async record(tenant, source, connection, call) {
      refuseTooMany(tenants.take(tenant.id));
      // What an adapter has read stands below its reading already.
      const inOwnSpan = source === 'callback' ? inSpan : inJobSpan;
      return inOwnSpan(`event ${source}`, eventSpan(tenant, source, connection), async (span) => {
        const appended = await log.append({ tenant, source, connection, call });
        const outcome = appended.repeated ? 'repeated' : 'recorded';
        received.inc({ tenant: tenant.id, source, outcome });
        span.tell({ 'telephony.event.id': appended.eventId, 'telephony.outcome': outcome });
        return appended;
      });
    },
    async countRefusals(context, next) {
      await next();
      const { status } = context.res;
      if (status !== 400 && status !== 403) return;
      const { name, address } = context.get('eventSender') ?? { address: clientAddress(context) };
      strangers.take(address);
      if (name !== undefined && name !== address) strangers.take(name);
    },
  };
}

/** What a stranger writes there may be anything. */
const ofTenant = (tenantId: string | undefined): { tenant?: string } =>
  v.is(TenantIdSchema, tenantId) ? { tenant: tenantId } : {};

/** Never below what its sender has written into its headers: it is a stranger's, and anybody's behind its network. */
export const eventSpan = (tenant: Tenant, source: EventSource, connection: string) => ({
  kind: SpanKind.CONSUMER,
  attributes: {
    'telephony.tenant': tenant.id,
    'telephony.connection': connection,
    'telephony.feature': 'answeredCall',
    'telephony.event.source': source,
  },
});

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

function refuseTooMany(waitMs: number): void {
  if (waitMs > 0) throw tooMany(waitMs);
}

const tooMany = (waitMs: number): RequestError =>
  new RequestError(429, 'too_many_requests', 'Too many events.', {
    hint: 'Send more slowly; what was refused was not recorded.',
    headers: { 'Retry-After': String(Math.max(1, Math.ceil(waitMs / 1000))) },
  });

const digest = (text: string) => createHash('sha256').update(text).digest();
const sameToken = (given: string | undefined, wanted: string) =>
  timingSafeEqual(digest(given ?? ''), digest(wanted));

/** What an answer to an event carries: nobody keeps it, or hears of its address. */
export const noStore = {
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};
