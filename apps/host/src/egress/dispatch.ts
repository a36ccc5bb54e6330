import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { afterSending, TelephonyError, type ContextRequestInit } from '@finaz-telephony/core';
import type { Dispatcher } from 'undici';
import type { AnswerBody, AnswerBodyOptions } from './answer-body.ts';
import type { BodySample } from './body-sample.ts';
import {
  answeredEarly,
  asEgressError,
  exchangeTimeout,
  GivenUpError,
  isBreak,
  SocketsBusyError,
} from './egress-error.ts';
import { EgressResponse } from './egress-response.ts';
import type { EgressScope } from './egress.ts';
import type { RecordedExchange } from './exchange-recorder.ts';
import { HeldBody } from './held-body.ts';
import { inflatedBody, inflaterOf } from './inflated-body.ts';
import { ContentFailure, thrownIn, type OutgoingBody } from './outgoing-body.ts';
import type { Sockets } from './targets.ts';
import { untraced } from '../tracing.ts';

export const longestExchangeMs = 30 * 60_000;
const longestSilenceMs = 30_000;
const defaultResponseBytes = 1_048_576;
const largestResponse = 2 * 1024 ** 3;

export interface OutgoingRequest extends Sockets {
  readonly scope: EgressScope;
  readonly exchange: RecordedExchange;
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly init: ContextRequestInit;
  readonly content: OutgoingBody['content'];
}

/** Sends one request, and enforces its time limits until the last byte of the answer. @throws {TelephonyError} */
export function dispatch(request: OutgoingRequest): Promise<EgressResponse> {
  return new Promise((resolve, reject) => new Exchange(request, resolve, reject).begin());
}

/** One exchange, driven by undici's events. Ends when its time is over, or when nobody waits for it any more. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: OutgoingRequest;
  readonly #resolve: (response: EgressResponse) => void;
  readonly #reject: (error: unknown) => void;
  readonly #timeoutMs: number;
  /** The signal of the work, combined with that of the request if it has one. */
  readonly #signal: AbortSignal;
  readonly #abort = () => this.#giveUp(this.#givenUp());
  #timer: NodeJS.Timeout | undefined;
  #beginning: NodeJS.Timeout | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #hasLeft = false;
  /** Why this host ended the exchange. */
  #ending: Error | undefined;
  #body: HeldBody | undefined;
  /** Whether the answer has a status of success. */
  #isSuccess = false;

  constructor(
    request: OutgoingRequest,
    resolve: (response: EgressResponse) => void,
    reject: (error: unknown) => void,
  ) {
    const { init, scope } = request;
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timeoutMs = Math.min(init.timeoutMs ?? scope.limits.timeoutMs, longestExchangeMs);
    const { signal = scope.signal } = init;
    this.#signal =
      signal === null || signal === scope.signal
        ? scope.signal
        : AbortSignal.any([scope.signal, signal]);
  }

  begin(): void {
    const { dispatcher, scope, url, method, headers, content, keepsSocket } = this.#request;
    if (this.#signal.aborted) return this.#abort();
    this.#timer = this.#endAfter(this.#timeoutMs);
    // A request with a longer time of its own must still get a socket within the connection's limit.
    if (this.#timeoutMs > scope.limits.timeoutMs)
      this.#beginning = this.#endAfter(scope.limits.timeoutMs);
    this.#signal.addEventListener('abort', this.#abort);
    const options = {
      path: url.pathname + url.search,
      method,
      headers,
      body: content ?? null,
      reset: !keepsSocket,
      // Listening to a recording may take long, but the answer must begin within the connection's limit.
      headersTimeout: Math.min(this.#timeoutMs, scope.limits.timeoutMs),
      bodyTimeout: Math.min(this.#timeoutMs, longestSilenceMs),
    };
    try {
      untraced(() => dispatcher.dispatch(options, this));
    } catch (error) {
      this.#fail(error);
    }
  }

  /**
   * The last moment before a request is written to a socket. Until then, the vendor has seen nothing of the request, and it may be sent again. Throwing holds
   * it back, which is necessary if this host was frozen in the meantime and another host has taken over its work.
   */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    const { scope } = this.#request;
    if (this.#ending) throw this.#ending;
    if (scope.mayLeave && !scope.mayLeave()) throw this.#givenUp();
    clearTimeout(this.#beginning);
    this.#beginning = undefined;
    this.#controller = controller;
    this.#hasLeft = true;
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200) return this.#promised();
    clearTimeout(this.#beginning);
    this.#isSuccess = status < 300;
    const { method, url } = this.#request;
    const encoding = singleHeader(headers['content-encoding'])?.toLowerCase();
    const createInflater =
      encoding === undefined || hasNoBody(method, status, headers)
        ? undefined
        : inflaterOf(encoding);
    const isInflated = createInflater !== undefined;
    const options = this.#bodyOptions(status, headers);
    // The inflated body counts its own size and reports the end of the exchange itself.
    this.#body = new HeldBody(
      controller,
      isInflated ? { ...options, isBounded: true, over: () => undefined } : options,
    );
    const body: AnswerBody = createInflater
      ? inflatedBody(this.#body.stream(), createInflater(), options)
      : this.#body;
    const { asError } = options;
    this.#resolve(
      new EgressResponse({ url: url.href, status, headers, body, isInflated, asError }),
    );
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#body?.push(chunk);
  }

  /**
   * Once the answer is complete, undici sends no more of the request. A refusal may come early, but a success after half a file must not count as a success
   * for all of it.
   */
  onResponseEnd(): void {
    const { content, scope } = this.#request;
    const isCutOff = content instanceof Readable && !content.readableEnded;
    if (isCutOff && this.#isSuccess) this.#fail(answeredEarly(scope.connection));
    else this.#body?.complete();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (!this.#body && this.#hasLeft && !this.#ending && isBreak(error)) this.#request.broke();
    this.#fail(this.#ending ?? error);
  }

  #bodyOptions(status: number, headers: IncomingHttpHeaders): AnswerBodyOptions {
    const { init, exchange } = this.#request;
    const maxBytes = Math.min(init.maxResponseBytes ?? defaultResponseBytes, largestResponse);
    const sample: BodySample = { chunks: [], length: 0 };
    return {
      isBounded: Number(headers['content-length'] ?? Number.NaN) <= maxBytes,
      maxBytes,
      sample,
      over: (failure) => {
        this.#finish();
        exchange.end({ status, headers, sample }, failure);
      },
      asError: (error) => thrownIn(this.#asError(error)),
    };
  }

  /** An interim answer (1xx). Each restarts undici's timeout, so a server could send them for ever. */
  #promised(): void {
    const { limits } = this.#request.scope;
    this.#beginning ??= this.#endAfter(Math.min(this.#timeoutMs, limits.timeoutMs));
  }

  #endAfter(ms: number): NodeJS.Timeout {
    const { dispatcher, scope } = this.#request;
    const { connection, limits } = scope;
    return setTimeout(() => {
      const isHere = !this.#hasLeft && dispatcher.stats.running >= limits.concurrency;
      this.#giveUp(
        isHere ? new SocketsBusyError(connection, ms) : exchangeTimeout(scope, ms, this.#hasLeft),
      );
    }, ms);
  }

  #givenUp(): GivenUpError {
    const { connection } = this.#request.scope;
    return new GivenUpError(connection, this.#hasLeft, this.#signal.reason);
  }

  #giveUp(reason: Error): void {
    this.#ending ??= reason;
    this.#controller?.abort(this.#ending);
    this.#fail(this.#ending);
  }

  #fail(error: unknown): void {
    if (this.#body) return this.#body.fail(error);
    this.#finish();
    this.#reject(this.#asError(error));
  }

  #finish(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#beginning);
    this.#signal.removeEventListener('abort', this.#abort);
  }

  #asError(error: unknown): unknown {
    if (TelephonyError.isInstance(error)) return error;
    if (this.#ending) return this.#ending;
    if (error instanceof ContentFailure)
      return this.#hasLeft ? new ContentFailure(afterSending(error.thrown)) : error;
    return asEgressError(error, this.#request.scope, {
      hasLeft: this.#hasLeft,
      isAnswered: this.#body !== undefined,
      isPlain: this.#request.url.protocol === 'http:',
    });
  }
}

/** Some servers declare an encoding for an answer without a body. */
function hasNoBody(method: string, status: number, headers: IncomingHttpHeaders): boolean {
  return method === 'HEAD' || [204, 205, 304].includes(status) || headers['content-length'] === '0';
}

function singleHeader(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
