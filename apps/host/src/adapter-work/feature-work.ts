import {
  FeatureNameSchema,
  TelephonyError,
  type AdapterContext,
  type FeatureName,
  type Features,
  type Logger,
  type TracedValue,
} from '@finaz-telephony/core';
import * as v from 'valibot';
import type { Egress, EgressScope, ExchangeRecord } from '../egress/egress.ts';
import type { Concealed } from '../exchanges/concealer.ts';
import { createMasker } from '../exchanges/mask.ts';
import { maskValue } from '../exchanges/mask-value.ts';
import type { Connection, Tenant } from '../tenants/tenant.ts';
import { fieldsAsJson, withoutWords } from '../logged-error.ts';
import { maskedError } from './adapter-failure.ts';
import { createIdleWatch, type IdleWatch } from './idle-watch.ts';

/** A feature of a tenant with the connection that serves it. */
export interface BoundFeature<Name extends FeatureName> {
  readonly name: Name;
  readonly connection: Connection;
  readonly run: Features[Name];
}

/** @throws {TelephonyError} `feature_off` when the tenant has not bound it, or its connection cannot be used. */
export function boundFeature<Name extends FeatureName>(
  tenant: Tenant,
  name: Name,
): BoundFeature<Name> {
  const connectionName = tenant.bindings[name];
  if (connectionName === undefined) {
    throw new TelephonyError({
      code: 'feature_off',
      message: `The feature ${name} is off for this company.`,
      hint: `Bind it to a connection in the tenant document: features.${name}.`,
      feature: name,
    });
  }
  const connection = tenant.connections.get(connectionName);
  const run = connection?.adapter.features[name];
  if (!connection || !run) {
    throw new TelephonyError({
      code: 'invalid_config',
      message: `The connection "${connectionName}" cannot serve ${name} as it stands.`,
      hint: 'Save the tenant document again: the answer names what is wrong, a secret that is not set for instance.',
      feature: name,
    });
  }
  return { name, connection, run };
}

export interface ContextOptions {
  readonly tenant: Pick<Tenant, 'id' | 'timeZone'>;
  readonly connection: Pick<Connection, 'name' | 'limits' | 'secretValues' | 'trust'>;
  readonly feature: EgressScope['feature'];
  /** Names, numbers, CPFs and the like of this piece of work, never to be seen in a log. */
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
  /** What one call of an adapter gets: its only way to the outside. */
  readonly context: AdapterContext;
  /** How the adapter's part of it ends; one that is stuck is given up. @throws {TelephonyError} what it throws */
  readonly endOf: IdleWatch['endOf'];
  /** An error of this call, masked: of what the adapter has learnt to be secret meanwhile, too. */
  readonly masked: (error: TelephonyError) => TelephonyError;
  /** Words of this call, masked in the same way. */
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
      // A work of many requests tells the same token with each of them.
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

/** An adapter's log lines pass the same mask as its exchanges, and none of them ends its work. */
function maskedLogger(
  logger: Logger,
  conceal: Concealed,
  bindings: Readonly<Record<string, unknown>>,
): Logger {
  const at =
    (level: keyof Logger) => (fields: Readonly<Record<string, unknown>>, message: string) => {
      const masker = createMasker(conceal);
      const masked = maskValue(masker, plainFields(fields));
      logger[level]({ ...bindings, adapter: masked }, masker.text(message));
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** As JSON has them. An error is told by its kind and place: its words may be about anybody. */
function plainFields(fields: Readonly<Record<string, unknown>>): unknown {
  try {
    return JSON.parse(fieldsAsJson(fields, withoutWords));
  } catch {
    // What refers to itself, for instance.
    return '[cannot be written as JSON]';
  }
}
