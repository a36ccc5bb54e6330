import { TelephonyError, type AdapterContext, type FeatureName } from '@finaz-telephony/core';
import type { ExchangeRecord } from '../egress/egress.ts';
import type { ExchangeLog, ExchangeSubject } from '../exchanges/exchange-log.ts';
import { inSpan } from '../tracing.ts';
import type { FeatureMetrics } from './feature-metrics.ts';
import { adapterFailure } from './adapter-failure.ts';
import { changesSomething } from './changing-features.ts';
import { createWork, type ContextOptions, type Workplace } from './create-work.ts';
import type { BoundFeature } from '../tenants/bound-feature.ts';

export interface LoggedWorkplace extends Workplace {
  readonly exchanges: ExchangeLog;
}

export interface WorkOptions extends Omit<ContextOptions, 'record'> {
  /** The call or contact under which the exchanges can be found. */
  readonly about?: () => ExchangeSubject;
  /** Called for each exchange, in addition to the log. */
  readonly onExchange?: (exchange: ExchangeRecord) => void;
}

/** Runs a piece of an adapter's work and logs its exchanges. @throws whatever the work throws; a {@link TelephonyError} masked */
export async function inContext<Result>(
  workplace: LoggedWorkplace,
  { about, onExchange, ...options }: WorkOptions,
  run: (context: AdapterContext) => Promise<Result>,
): Promise<Result> {
  const exchange = workplace.exchanges.begin(about);
  const record = (sent: ExchangeRecord) => {
    exchange.record(sent);
    onExchange?.(sent);
  };
  const { context, endOf, masked } = createWork(workplace, { ...options, record });
  try {
    return await inFeatureSpan(options, () => endOf(run(context)));
  } catch (thrown) {
    throw TelephonyError.isInstance(thrown) ? masked(thrown) : thrown;
  } finally {
    exchange.settle();
  }
}

/** Runs one call to an adapter in a span that contains those of its exchanges. */
export const inFeatureSpan = <Result>(
  { tenant, connection, feature }: Pick<ContextOptions, 'tenant' | 'connection' | 'feature'>,
  run: () => Promise<Result>,
  attemptId?: string,
): Promise<Result> =>
  inSpan(
    feature,
    {
      attributes: {
        'telephony.tenant': tenant.id,
        'telephony.connection': connection.name,
        'telephony.feature': feature,
        ...(attemptId !== undefined && { 'telephony.attempt.id': attemptId }),
      },
    },
    async (span) => {
      try {
        const result = await run();
        span.tell({ 'telephony.outcome': 'accepted' });
        return result;
      } catch (error) {
        span.tell({ 'telephony.outcome': outcomeOf(error, feature) });
        throw error;
      }
    },
  );

/** The outcome of failed work, for spans and metrics: `in_doubt` or the code of the error. */
export function outcomeOf(error: unknown, feature: ContextOptions['feature']): string {
  const isKnown = TelephonyError.isInstance(error);
  const mayHaveHappened = !isKnown || error.delivery === 'unknown';
  if (mayHaveHappened && changesSomething(feature)) return 'in_doubt';
  return isKnown ? error.code : 'internal';
}

export interface MeasuredWorkplace extends LoggedWorkplace {
  readonly metrics: FeatureMetrics;
}

/** Runs a feature, logged and measured. @throws {TelephonyError} masked */
export async function runMeasured<Result>(
  workplace: MeasuredWorkplace,
  { name, connection }: BoundFeature<FeatureName>,
  options: Omit<WorkOptions, 'connection' | 'feature'>,
  run: (context: AdapterContext) => Promise<Result>,
): Promise<Result> {
  const measured = workplace.metrics.start(options.tenant.id, connection.name, name);
  try {
    const result = await inContext(workplace, { ...options, connection, feature: name }, run);
    measured('accepted');
    return result;
  } catch (thrown) {
    const error = adapterFailure(thrown, name, workplace.logger, {
      tenant: options.tenant.id,
      connection: connection.name,
    });
    measured(outcomeOf(error, name));
    throw error;
  }
}
