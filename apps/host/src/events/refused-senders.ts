import { TenantIdSchema } from '@finaz-telephony/core/host';
import type { MiddlewareHandler } from 'hono';
import * as v from 'valibot';
import type { ClientAddress } from '../http/client-address.ts';
import type { RequestError } from '../http/error-response.ts';
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
 * Counts what is refused of each sender, and lets nobody try for ever: a stranger, or a vendor that is set up wrongly. For one company only its own
 * refusals count, since a vendor may serve many companies from one address, and one of them must not cost the others their events. And no limit may tell
 * a stranger which companies there are.
 */
export interface RefusedSenders {
  /**
   * Before anything else is looked at.
   *
   * @param address as which the sender is counted
   * @throws {RequestError} 429 where much of this sender was refused lately
   */
  readonly enter: (context: HostContext, address: string, tenantId: string | undefined) => void;
  /**
   * Makes a refusal the one that the sender would get for a company that is not there. For one that is not in memory an address may ask only so often.
   * One that is in memory needs no look, so its refusals are counted against the same limit, which would tell the two apart otherwise.
   */
  readonly alike: (context: HostContext, refusal: RequestError) => RequestError;
  /** Counts what was refused in the end. */
  readonly count: MiddlewareHandler<HostEnv>;
}

/** Refusals of one sender. */
const refusedPerSender = { perSecond: 10, burst: 100 };
/** Lookups of companies that are not in memory, for an address of which something was refused. */
const lookedUpPerAddress = { perSecond: 200, burst: 1000 };

export function createRefusedSenders({
  directory,
  clientAddress,
  now,
}: RefusedSendersOptions): RefusedSenders {
  const refused = createRateLimit({ ...refusedPerSender, now });
  const lookedUp = createRateLimit({ ...lookedUpPerAddress, now });

  /** How long to wait: of companies that are not in memory an address may ask for some each second, also when much of it was refused. */
  const waitToLookUp = (address: string): number =>
    refused.waitOf(address) === 0 ? 0 : lookedUp.take(address);

  return {
    enter(context, address, tenantId) {
      const isId = v.is(TenantIdSchema, tenantId);
      const isKnown = isId && directory.peek(tenantId) !== undefined;
      // Whether or not the company is there, it is counted alike.
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
