import {
  context,
  createContextKey,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Context,
  type SpanContext,
} from '@opentelemetry/api';
import { TelephonyError } from '@finaz-telephony/core';
import { inTime } from './in-time.ts';

/**
 * The host's traces. Nothing is recorded unless the operator of the host loads an OpenTelemetry SDK (`NODE_OPTIONS=--import …`), which registers with this API.
 * Why a span contains so little, and who receives it: docs/decisions/0014-traces.md.
 */
const tracer = trace.getTracer('finaz-telephony');

/** All attributes that a span may have. Phone numbers, names, vendors' ids, addresses, headers, bodies and messages of errors are not among them. */
export interface SpanAttributes {
  readonly 'telephony.tenant'?: string;
  readonly 'telephony.connection'?: string;
  readonly 'telephony.feature'?: string;
  /** `accepted`, `in_doubt` or an error code, as in the metrics. */
  readonly 'telephony.outcome'?: string;
  readonly 'telephony.attempt.id'?: string;
  readonly 'telephony.event.id'?: string;
  readonly 'telephony.event.source'?: string;
  readonly 'telephony.mailing.id'?: string;
  readonly 'telephony.mailing.contacts'?: number;
  readonly 'telephony.request.id'?: string;
  readonly 'telephony.webhook.attempt'?: number;
  readonly 'http.request.method'?: string;
  readonly 'http.response.status_code'?: number;
  readonly 'http.route'?: string;
  readonly 'server.address'?: string;
  readonly 'server.port'?: number;
  readonly 'error.type'?: string;
}

interface SpanOptions {
  readonly kind?: SpanKind;
  readonly attributes: SpanAttributes;
  /** Epoch milliseconds, if the span began earlier than now. */
  readonly startTime?: number;
  /** The context of the parent; the active span by default. */
  readonly parent?: Context;
  /** A span to link to, as returned by {@link traceHere}. */
  readonly cause?: string | null;
  /** The code of an error that is not a {@link TelephonyError}, if it has one. */
  readonly codeOf?: (error: unknown) => string | undefined;
}

/** A span that may outlive the function that opens it. */
export interface OpenSpan {
  /** Whether the span is recorded; otherwise attributes need not be computed. */
  readonly isRecorded: boolean;
  /** Runs work whose spans become children of this span. */
  readonly within: <Result>(run: () => Result) => Result;
  readonly tell: (attributes: SpanAttributes) => void;
  /** Marks the span as failed; only the first code counts. Never records the message of an error, which is the vendor's or the platform's. */
  readonly fail: (code: string) => void;
  readonly failWith: (error: unknown) => void;
  readonly end: () => void;
}

export function openSpan(
  name: string,
  { kind = SpanKind.INTERNAL, attributes, startTime, parent, cause, codeOf }: SpanOptions,
): OpenSpan {
  const above = parent ?? context.active();
  const from = contextOf(cause);
  const span = tracer.startSpan(
    name,
    {
      kind,
      attributes: { ...attributes },
      ...(startTime !== undefined && { startTime }),
      ...(from && { links: [{ context: from }] }),
    },
    above,
  );
  // Without an SDK, or if tracing is suppressed, the span is a dummy and cannot be a parent.
  const isReal = trace.isSpanContextValid(span.spanContext());
  let hasFailed = false;
  function fail(code: string): void {
    if (hasFailed) return;
    hasFailed = true;
    span.setStatus({ code: SpanStatusCode.ERROR });
    span.setAttribute('error.type', code);
  }
  return {
    isRecorded: span.isRecording(),
    within: (run) => (isReal ? context.with(trace.setSpan(above, span), run) : run()),
    tell: (told) => span.setAttributes({ ...told }),
    fail,
    failWith: (error) => fail(codeOf?.(error) ?? usualCode(error)),
    end: () => span.end(),
  };
}

/** Runs work in a span of its own. An error marks the span with its code. */
export async function inSpan<Result>(
  name: string,
  options: SpanOptions,
  run: (span: OpenSpan) => Promise<Result>,
): Promise<Result> {
  const span = openSpan(name, options);
  try {
    return await span.within(() => run(span));
  } catch (error) {
    span.failWith(error);
    throw error;
  } finally {
    span.end();
  }
}

/** Any error other than a {@link TelephonyError} is a defect, and its `code` may be anything. */
const usualCode = (error: unknown): string =>
  TelephonyError.isInstance(error) ? error.code : 'internal';

/** Adds attributes to the active span. */
export const tellSpan = (attributes: SpanAttributes): void => {
  trace.getActiveSpan()?.setAttributes({ ...attributes });
};

/**
 * Opens a span for work that the host does on its own, in a new trace. Otherwise the work of a timer that a request has set would become part of that request.
 *
 * @param options `cause` becomes a link
 */
export const openJobSpan = (name: string, options: Omit<SpanOptions, 'parent'>): OpenSpan =>
  openSpan(name, { ...options, parent: ROOT_CONTEXT });

/** See {@link openJobSpan}. */
export const inJobSpan = <Result>(
  name: string,
  options: Omit<SpanOptions, 'parent'>,
  run: (span: OpenSpan) => Promise<Result>,
): Promise<Result> => inSpan(name, { ...options, parent: ROOT_CONTEXT }, run);

/** Runs work whose spans do not become children of the active span. */
export const outsideSpans = <Result>(run: () => Result): Result => context.with(ROOT_CONTEXT, run);

/** A context with the key by which SDKs and their instrumentations recognise that nothing is to be traced. */
const quiet = ROOT_CONTEXT.setValue(
  createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING'),
  true,
);

/**
 * Runs work that nobody traces. An SDK may bring instrumentation of the HTTP client, which would put whole addresses into spans, and
 * `traceparent` into requests to vendors.
 */
export const untraced = <Result>(run: () => Result): Result => context.with(quiet, run);

/**
 * The active span as a `traceparent`, to be stored with work that follows later; `null` if it is not recorded. Contains nothing else that a caller has sent.
 */
export function traceHere(): string | null {
  const here = trace.getActiveSpan()?.spanContext();
  if (!here || (here.traceFlags & TraceFlags.SAMPLED) === 0) return null;
  return `00-${here.traceId}-${here.spanId}-01`;
}

const kept = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/;

function contextOf(told: string | null | undefined): SpanContext | undefined {
  const [, traceId, spanId] = kept.exec(told ?? '') ?? [];
  return traceId === undefined || spanId === undefined
    ? undefined
    : { traceId, spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true };
}

/** A context that continues the trace from {@link traceHere}, later or on another host. */
export function continuing(told: string | null): Context {
  const from = contextOf(told);
  return from ? trace.setSpanContext(ROOT_CONTEXT, from) : ROOT_CONTEXT;
}

/** A context that continues the trace of an authenticated caller. Its baggage is ignored, because it may contain anything. */
export function callersTrace(header: (name: string) => string | undefined): Context {
  return propagation.extract(context.active(), header, {
    keys: () => ['traceparent', 'tracestate'],
    get: (carrier, name) => (name === 'baggage' ? undefined : carrier(name)),
  });
}

/** Headers with which a receiver continues the active trace. */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(propagation.deleteBaggage(context.active()), headers);
  return headers;
}

const hidden = '***';

/**
 * Overwrites the address in the active span. An SDK may bring instrumentation of HTTP servers, which has recorded the whole address, with numbers and tokens.
 */
export function hideAddress(): void {
  trace.getActiveSpan()?.setAttributes({
    'url.path': hidden,
    'url.query': hidden,
    'url.full': hidden,
    'http.target': hidden,
    'http.url': hidden,
  });
}

/** Fields that link a log line to its trace; none if it is not recorded. */
export function loggedTrace(): { readonly trace_id?: string; readonly span_id?: string } {
  const span = trace.getActiveSpan();
  // A timer keeps the span in which it was set for ever, so the active span may have ended long ago.
  if (!span?.isRecording()) return {};
  const { traceId, spanId } = span.spanContext();
  return { trace_id: traceId, span_id: spanId };
}

const longestFlushMs = 5000;

/** Lets an SDK send its remaining spans before the process ends. Waits only for a limited time, and ignores a failure. */
export async function flushTraces(): Promise<void> {
  const provider: object = trace.getTracerProvider();
  // Recognised by its methods, because the provider may come from another copy of the API.
  const brought: unknown =
    'getDelegate' in provider && typeof provider.getDelegate === 'function'
      ? provider.getDelegate()
      : provider;
  if (typeof brought !== 'object' || brought === null) return;
  if (!('forceFlush' in brought) || typeof brought.forceFlush !== 'function') return;
  const flushed = Promise.resolve(brought.forceFlush());
  await inTime(longestFlushMs, flushed, () => new Error('traces were not taken in time')).catch(
    () => undefined,
  );
}
