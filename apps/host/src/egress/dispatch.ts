import type { IncomingHttpHeaders } from 'node:http';
import { TelephonyError, type ContextRequestInit } from '@finaz-telephony/core';
import type { Dispatcher } from 'undici';
import { asEgressError, exchangeTimeout, GivenUpError } from './egress-error.ts';
import { EgressResponse } from './egress-response.ts';
import type { EgressScope } from './egress.ts';
import type { RecordedExchange } from './exchange-recorder.ts';
import type { OutgoingBody } from './request-body.ts';
import { inflated, type BodySample } from './response-body.ts';

export const longestExchangeMs = 30 * 60_000;
const longestSilenceMs = 30_000;
const defaultResponseBytes = 1_048_576;
const largestResponse = 2 * 1024 ** 3;

export interface OutgoingRequest {
  readonly dispatcher: Dispatcher;
  readonly scope: EgressScope;
  readonly exchange: RecordedExchange;
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly init: ContextRequestInit;
  readonly content: OutgoingBody['content'];
}

/** Sends one request, and watches over its exchange until the last byte of the answer. */
export async function dispatch(request: OutgoingRequest): Promise<EgressResponse> {
  const { dispatcher, scope, exchange, url, method, headers, init, content } = request;
  const timeoutMs = Math.min(init.timeoutMs ?? scope.limits.timeoutMs, longestExchangeMs);
  let hasLeft = false;
  const watch = watchOver(scope, timeoutMs, () => hasLeft);
  try {
    departures.set(headers, () => {
      if (scope.mayLeave && !scope.mayLeave())
        throw new GivenUpError(scope.connection, false, undefined);
      hasLeft = true;
    });
    const answer = await dispatcher.request({
      path: url.pathname + url.search,
      method,
      headers,
      body: content ?? null,
      signal: watch.signal,
      onInfo: watch.interim,
      // A recording may take long to listen to; its beginning may not take longer than any answer.
      headersTimeout: Math.min(timeoutMs, scope.limits.timeoutMs),
      bodyTimeout: Math.min(timeoutMs, longestSilenceMs),
    });
    watch.begun();
    const maxBytes = Math.min(init.maxResponseBytes ?? defaultResponseBytes, largestResponse);
    const encoding = singleHeader(answer.headers['content-encoding'])?.toLowerCase();
    const stream = hasNoBody(method, answer) ? answer.body : inflated(answer.body, encoding);
    const isInflated = stream !== answer.body;
    const length = Number(answer.headers['content-length'] ?? Number.NaN);
    const sample: BodySample = { chunks: [], length: 0 };
    let failure: unknown;
    stream.once('error', (error) => {
      if (watch.signal.aborted || !isDropped(error)) failure = watch.asError(error);
    });
    stream.once('close', () => {
      watch.finish();
      exchange.end(answer.statusCode, answer.headers, sample, failure);
    });
    return new EgressResponse({
      url: url.href,
      status: answer.statusCode,
      headers: toHeaders(answer.headers, isInflated),
      stream,
      isBounded: !isInflated && length <= maxBytes,
      maxBytes,
      sample,
      asError: watch.asError,
    });
  } catch (error) {
    watch.finish();
    throw watch.asError(error);
  }
}

interface Watch {
  readonly signal: AbortSignal;
  /** An answer that says that one will come (1xx). */
  readonly interim: () => void;
  /** The head of the answer is there. */
  readonly begun: () => void;
  readonly finish: () => void;
  readonly asError: (error: unknown) => unknown;
}

/** Ends the exchange when its time is over, or when nobody waits for it any more. */
function watchOver(scope: EgressScope, timeoutMs: number, hasLeft: () => boolean): Watch {
  const ending = new AbortController();
  const abort = () =>
    ending.abort(new GivenUpError(scope.connection, hasLeft(), scope.signal.reason));
  const endAfter = (ms: number) =>
    setTimeout(() => ending.abort(exchangeTimeout(scope.connection, ms, hasLeft())), ms);
  const timer = endAfter(timeoutMs);
  let beginning: NodeJS.Timeout | undefined;
  scope.signal.addEventListener('abort', abort, { once: true });
  if (scope.signal.aborted) abort();
  return {
    signal: ending.signal,
    interim() {
      // The time of the transport begins anew with each of them, so that they could go on for ever.
      beginning ??= endAfter(Math.min(timeoutMs, scope.limits.timeoutMs));
    },
    begun: () => clearTimeout(beginning),
    finish() {
      clearTimeout(timer);
      clearTimeout(beginning);
      scope.signal.removeEventListener('abort', abort);
    },
    asError(error) {
      if (TelephonyError.isInstance(error)) return error;
      return ending.signal.aborted
        ? ending.signal.reason
        : asEgressError(error, scope.connection, hasLeft());
    },
  };
}

/** Whom to tell that a request leaves, by its headers: they belong to one request alone. What it throws holds the request back. */
const departures = new WeakMap<object, () => void>();

/**
 * Until a request is written to a socket, it may be repeated: waiting for a connection has told the vendor nothing. Nor may it leave any more where its host
 * stood still meanwhile, and another one has its work. Every pool of requests for {@link dispatch}
 * is composed with this, once.
 */
export const noticingDeparture: Dispatcher.DispatcherComposeInterceptor =
  (send) => (options, handler) => {
    const leave =
      typeof options.headers === 'object' && options.headers !== null
        ? departures.get(options.headers)
        : undefined;
    return send(options, {
      onRequestStart(controller, context) {
        leave?.();
        handler.onRequestStart?.(controller, context);
      },
      onRequestUpgrade: (...upgrade) => handler.onRequestUpgrade?.(...upgrade),
      onResponseStart: (...start) => handler.onResponseStart?.(...start),
      onResponseData: (...data) => handler.onResponseData?.(...data),
      onResponseEnd: (...end) => handler.onResponseEnd?.(...end),
      onResponseError: (...error) => handler.onResponseError?.(...error),
    });
  };

/** Some servers label as compressed what is not there. */
function hasNoBody(method: string, { statusCode, headers }: Dispatcher.ResponseData): boolean {
  return (
    method === 'HEAD' || [204, 205, 304].includes(statusCode) || headers['content-length'] === '0'
  );
}

/** The reader wanted no more of the answer, which is no failure. */
function isDropped(error: Error): boolean {
  return 'code' in error && error.code === 'UND_ERR_ABORTED';
}

function toHeaders(incoming: IncomingHttpHeaders, isInflated: boolean): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming)) {
    if (value === undefined) continue;
    // What was inflated has another length than the vendor said.
    if (isInflated && (name === 'content-encoding' || name === 'content-length')) continue;
    if (Array.isArray(value)) for (const item of value) headers.append(name, item);
    else headers.append(name, value);
  }
  return headers;
}

function singleHeader(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
