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
 * The host's traces. Nothing is recorded unless the operator brings an SDK of OpenTelemetry, which takes hold of this API (`NODE_OPTIONS=--import …`). Why a span tells
 * so little, and whom it is told to: docs/decisions/0014-traces.md.
 */
const tracer = trace.getTracer('finaz-telephony');

/** All that a span may tell. Numbers, names, ids of vendors, addresses, headers, bodies and the words of errors are not among it. */
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
  /** In milliseconds since 1970, where it began before this. */
  readonly startTime?: number;
  /** Where it hangs; the span that is under way here where absent. */
  readonly parent?: Context;
  /** What it follows from, as returned by {@link traceHere}. */
  readonly cause?: string | null;
  /** The code of an error that is no {@link TelephonyError}, where it has one. */
  readonly codeOf?: (error: unknown) => string | undefined;
}

/** A span that does not end with one function. */
export interface OpenSpan {
  /** Whether anybody will read its attributes. */
  readonly isRecorded: boolean;
  /** What begins in there hangs below the span. */
  readonly within: <Result>(run: () => Result) => Result;
  readonly tell: (attributes: SpanAttributes) => void;
  /** The first code counts. Never with the words of an error, which are the vendor's or the platform's. */
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
  // Of no SDK, and where spans are held back: there is nothing to hang anything on.
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

/** Runs work in a span of its own. What it throws marks the span with its code. */
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

/** What else is thrown is a fault, and may have anything in the place of a code. */
const usualCode = (error: unknown): string =>
  TelephonyError.isInstance(error) ? error.code : 'internal';

/** Tells the span that is under way here. */
export const tellSpan = (attributes: SpanAttributes): void => {
  trace.getActiveSpan()?.setAttributes({ ...attributes });
};

/**
 * Of what the host does by itself, later: in a trace of its own. Timers that a request has set would else let everything hang below that request.
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

/** What begins in there hangs below no span that is under way here. */
export const outsideSpans = <Result>(run: () => Result): Result => context.with(ROOT_CONTEXT, run);

/** With the key by which SDKs, and whatever instruments libraries for them, know that there is nothing to be traced. */
const quiet = ROOT_CONTEXT.setValue(
  createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING'),
  true,
);

/**
 * Nothing that begins in there is traced, by nobody. An operator's SDK may bring instrumentation of the HTTP client, which would put whole addresses into spans, and a
 * `traceparent` into requests to vendors.
 */
export const untraced = <Result>(run: () => Result): Result => context.with(quiet, run);

/** The span that is under way here, to be kept with what is done later; `null` where nobody records it. A `traceparent`, and nothing of what a caller has sent along. */
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

/** Goes on, later or on another host, below what {@link traceHere} has told. */
export function continuing(told: string | null): Context {
  const from = contextOf(told);
  return from ? trace.setSpanContext(ROOT_CONTEXT, from) : ROOT_CONTEXT;
}

/** Of a caller whom we know: its trace goes on here. Its baggage stays outside, for it may be anything. */
export function callersTrace(header: (name: string) => string | undefined): Context {
  return propagation.extract(context.active(), header, {
    keys: () => ['traceparent', 'tracestate'],
    get: (carrier, name) => (name === 'baggage' ? undefined : carrier(name)),
  });
}

/** Headers by which the receiver's trace goes on from here. */
export function traceHeaders(): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(propagation.deleteBaggage(context.active()), headers);
  return headers;
}

const hidden = '***';

/**
 * An SDK may bring instrumentation of HTTP servers, which has written the whole address into its span by now, including numbers and tokens.
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

/** Links a log line to its trace, and back; nothing if nobody records. */
export function loggedTrace(): { readonly trace_id?: string; readonly span_id?: string } {
  const span = trace.getActiveSpan();
  // A timer keeps the span in which it was set for ever: what has ended has nothing to do with the line.
  if (!span?.isRecording()) return {};
  const { traceId, spanId } = span.spanContext();
  return { trace_id: traceId, span_id: spanId };
}

const longestFlushMs = 5000;

/** Lets an SDK send what it has gathered, before the process ends. One that cannot is no reason to stay. */
export async function flushTraces(): Promise<void> {
  const provider: object = trace.getTracerProvider();
  // Known by what it can do: it may come from another copy of the API than ours.
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
