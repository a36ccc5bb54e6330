import { TenantIdSchema } from '@finaz-telephony/core/host';
import type { MiddlewareHandler } from 'hono';
import * as v from 'valibot';
import type { ClientAddress } from '../http/client-address.ts';
import type { RequestError } from '../http/request-error.ts';
import type { HostContext, HostEnv } from '../http/host-env.ts';
import type { TenantDirectory } from '../tenants/tenant.ts';
import { createRateLimit } from './rate-limit.ts';
import { refuseTooMany, tooMany } from './refuse-too-many.ts';

export interface RefusedSendersOptions {
  readonly directory: Pick<TenantDirectory, 'peek'>;
  readonly clientAddress: ClientAddress;
  readonly now: () => number;
}

/**
 * Counts the refusals of each sender, so that nobody can try for ever: neither a stranger, nor a vendor that is set up wrongly. Each company is counted by
 * itself, since a vendor may serve many companies from one address, and one of them must not cost the others their events. And no limit may tell a stranger
 * which companies there are.
 */
export interface RefusedSenders {
  /**
   * Called before anything else is looked at.
   *
   * @param address by which the sender is counted
   * @throws {RequestError} 429 if too many requests of this sender were refused lately
   */
  readonly enter: (context: HostContext, address: string, tenantId: string | undefined) => void;
  /**
   * Makes a refusal the one that the sender would get for a company that does not exist. An address may look up companies that are not in memory only so often.
   * A company in memory needs no lookup, but its refusals count against the same limit, which would tell the two apart otherwise.
   */
  readonly alike: (context: HostContext, refusal: RequestError) => RequestError;
  /** Counts what was refused in the end. */
  readonly count: MiddlewareHandler<HostEnv>;
}

/** Refusals of one sender. */
const refusedPerSender = { perSecond: 10, burst: 100 };
/** Lookups of companies that are not in memory, for an address that has used up its refusals. */
const lookedUpPerAddress = { perSecond: 200, burst: 1000 };

export function createRefusedSenders({
  directory,
  clientAddress,
  now,
}: RefusedSendersOptions): RefusedSenders {
  const refused = createRateLimit({ ...refusedPerSender, now });
  const lookedUp = createRateLimit({ ...lookedUpPerAddress, now });

  /** How long to wait before a lookup: an address may look up some companies each second even after too many refusals. */
  const waitToLookUp = (address: string): number =>
    refused.waitOf(address) === 0 ? 0 : lookedUp.take(address);

  return {
    enter(context, address, tenantId) {
      const isId = v.is(TenantIdSchema, tenantId);
      const isKnown = isId && directory.peek(tenantId) !== undefined;
      // Counted alike whether or not the company exists.
      const name = isId ? `${address} ${tenantId}` : address;
      context.set('eventSender', { name, address, isKnown });
      refuseTooMany(refused.waitOf(name));
      if (isId && !isKnown) refuseTooMany(waitToLookUp(address));
    },
    alike(context, refusal) {
      const sender = context.get('eventSender');
      if (!sender?.isKnown) return refusal;
      const waitMs = waitToLookUp(sender.address);
      return waitMs === 0 ? refusal : tooMany(waitMs);
    },
    async count(context, next) {
      await next();
      const { status } = context.res;
      if (status !== 400 && status !== 403) return;
      const { name, address } = context.get('eventSender') ?? { address: clientAddress(context) };
      refused.take(address);
      if (name !== undefined && name !== address) refused.take(name);
    },
  };
}
