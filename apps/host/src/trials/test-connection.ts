import type { AdapterContext, FeatureName } from '@finaz-telephony/core';
import type { TracedValue } from '@finaz-telephony/core/host';
import * as v from 'valibot';
import type { ExchangeRecord } from '../egress/egress.ts';
import { toCurl } from '../exchanges/curl.ts';
import { maskValue } from '../exchanges/mask-value.ts';
import { createMasker } from '../exchanges/mask.ts';
import type { Connection, Tenant } from '../tenants/tenant.ts';
import { adapterFailure } from '../adapter-work/adapter-failure.ts';
import { checkCredentials } from './check-credentials.ts';
import { shownError, ShownErrorSchema } from './shown-error.ts';
import { inContext, type LoggedWorkplace } from '../adapter-work/in-context.ts';
import type { Trial } from './trial.ts';

const HeadersSchema = v.record(v.string(), v.string());

export const TracedValueSchema = v.pipe(
  v.object({
    place: v.string(),
    expression: v.string(),
    value: v.string(),
    source: v.picklist(['input', 'parameter', 'variable', 'capture', 'system', 'literal']),
  }),
  v.metadata({ ref: 'TracedValue' }),
);

/** The result of testing a connection, with everything that was sent and received, masked. */
export const ConnectionTestSchema = v.object({
  ok: v.boolean(),
  durationMs: v.number(),
  exchanges: v.array(
    v.object({
      at: v.string(),
      durationMs: v.number(),
      method: v.string(),
      url: v.string(),
      requestHeaders: HeadersSchema,
      requestBody: v.string(),
      status: v.nullable(v.number()),
      responseHeaders: HeadersSchema,
      responseBody: v.string(),
      errorCode: v.nullable(v.string()),
      curl: v.string(),
    }),
  ),
  result: v.optional(v.unknown()),
  values: v.optional(
    v.pipe(
      v.array(TracedValueSchema),
      v.description('Where each value of the requests came from.'),
    ),
  ),
  error: v.optional(ShownErrorSchema),
});
export type ConnectionTest = v.InferOutput<typeof ConnectionTestSchema>;

/** Extra time for a feature with several steps: it may log in, wait for an id, and read several pages. */
const furtherStepsMs = 60_000;

export async function testCredentials(
  dependencies: LoggedWorkplace,
  tenant: Tenant,
  connection: Connection,
): Promise<ConnectionTest> {
  const took = stopwatch();
  const exchanges: ExchangeRecord[] = [];
  const error = await checkCredentials(dependencies, tenant, connection, (exchange) =>
    exchanges.push(exchange),
  );
  return {
    ok: error === undefined,
    durationMs: took(),
    exchanges: exchanges.map(testedExchange),
    ...(error && { error: shownError(error) }),
  };
}

/** Runs a feature for real, so people are called. A failure of the telephone system is returned, not thrown. */
export async function testFeature(
  dependencies: LoggedWorkplace,
  tenant: Tenant,
  connection: Connection,
  feature: FeatureName,
  trial: Trial,
): Promise<ConnectionTest> {
  const took = stopwatch();
  const exchanges: ExchangeRecord[] = [];
  const values: TracedValue[] = [];
  const conceal: (readonly string[])[] = [connection.secretValues, trial.personal];
  const seen = () => {
    const masker = createMasker(conceal);
    return {
      durationMs: took(),
      values: values.map((value) => ({ ...value, value: masker.text(value.value) })),
      exchanges: exchanges.map(testedExchange),
    };
  };
  try {
    const result = await inContext(
      dependencies,
      {
        tenant,
        connection,
        feature,
        personal: trial.personal,
        signal: AbortSignal.timeout(connection.limits.timeoutMs + furtherStepsMs),
        onExchange: (exchange) => exchanges.push(exchange),
        trace: (value) => values.push(value),
      },
      (context) => trial.run(alsoConcealing(context, conceal)),
    );
    return { ok: true, result: maskValue(createMasker(conceal), result), ...seen() };
  } catch (thrown) {
    const error = adapterFailure(thrown, feature, dependencies.logger);
    return { ok: false, error: shownError(error), ...seen() };
  }
}

/** Secrets that the adapter learns, such as a token, are masked in the shown values, too. */
function alsoConcealing(context: AdapterContext, conceal: (readonly string[])[]): AdapterContext {
  return {
    ...context,
    conceal(value) {
      conceal.push([value]);
      context.conceal?.(value);
    },
  };
}

function stopwatch(): () => number {
  const startedAt = performance.now();
  return () => Math.round(performance.now() - startedAt);
}

function testedExchange(exchange: ExchangeRecord) {
  const { scope: _, at, ...rest } = exchange;
  const request = {
    method: rest.method,
    url: rest.url,
    headers: rest.requestHeaders,
    body: rest.requestBody,
  };
  return {
    at: new Date(at).toISOString(),
    ...rest,
    durationMs: Math.round(rest.durationMs),
    curl: toCurl(request),
  };
}
