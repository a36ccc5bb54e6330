import type { AdapterContext, Logger, TelephonyError } from '@finaz-telephony/core';
import { FeatureNameSchema, type TracedValue } from '@finaz-telephony/core/host';
import * as v from 'valibot';
import type { Egress, EgressScope, ExchangeRecord } from '../egress/egress.ts';
import { createMasker } from '../exchanges/mask.ts';
import type { Connection, Tenant } from '../tenants/tenant.ts';
import { maskedError } from './adapter-failure.ts';
import { createIdleWatch, type IdleWatch } from './idle-watch.ts';
import { maskedLogger } from './masked-logger.ts';

export interface ContextOptions {
  readonly tenant: Pick<Tenant, 'id' | 'timeZone'>;
  readonly connection: Pick<Connection, 'name' | 'limits' | 'secretValues' | 'trust'>;
  readonly feature: EgressScope['feature'];
  /** Names, numbers, CPFs and other personal data of this piece of work, which must never appear in a log. */
  readonly personal: readonly string[];
  readonly signal: AbortSignal;
  readonly record: (exchange: ExchangeRecord) => void;
  readonly trace?: (value: TracedValue) => void;
  /** See {@link EgressScope}. */
  readonly mayLeave?: () => boolean;
  readonly keeps?: (isSuccess: boolean) => boolean;
}

export interface Workplace {
  readonly egress: Egress;
  readonly logger: Logger;
  readonly now: () => Date;
}

export interface AdapterWork {
  /** The context of one call to an adapter: its only way to the outside. */
  readonly context: AdapterContext;
  /** The result of the adapter's code, which is abandoned if it is stuck. @throws whatever the adapter throws; a {@link TelephonyError} if it was abandoned */
  readonly endOf: IdleWatch['endOf'];
  /** Masks an error of this call, including secrets that the adapter has learnt in the meantime. */
  readonly masked: (error: TelephonyError) => TelephonyError;
  /** Masks a text of this call in the same way. */
  readonly maskedText: (text: string) => string;
}

export function createWork(workplace: Workplace, options: ContextOptions): AdapterWork {
  const { tenant, connection, feature } = options;
  const conceal: (readonly string[])[] = [connection.secretValues, options.personal];
  const scope: EgressScope = {
    tenantId: tenant.id,
    connection: connection.name,
    feature,
    limits: connection.limits,
    ...(connection.trust && { trust: connection.trust }),
    conceal,
    signal: options.signal,
    ...(options.mayLeave && { mayLeave: options.mayLeave }),
    ...(options.keeps && { keeps: options.keeps }),
  };
  const named = v.is(FeatureNameSchema, feature) ? feature : undefined;
  const watch = createIdleWatch(workplace.egress.fetchFor(scope, options.record), {
    exchangeMs: connection.limits.timeoutMs,
    feature: named,
    signal: options.signal,
  });
  const context: AdapterContext = {
    tenant: { id: tenant.id, timeZone: tenant.timeZone },
    connection: connection.name,
    fetch: watch.fetch,
    logger: maskedLogger(workplace.logger, conceal, {
      tenant: tenant.id,
      connection: connection.name,
      feature,
    }),
    signal: options.signal,
    now: workplace.now,
    conceal(value) {
      // Adapters conceal the same token before each of many requests.
      if (conceal.some((group) => group.includes(value))) return;
      conceal.push([value]);
    },
    ...(options.trace && { trace: options.trace }),
  };
  return {
    context,
    endOf: watch.endOf,
    masked: (error) => maskedError(error, named, conceal),
    maskedText: (text) => createMasker(conceal).text(text),
  };
}
