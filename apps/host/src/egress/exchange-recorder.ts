import type { IncomingHttpHeaders } from 'node:http';
import { SpanKind } from '@opentelemetry/api';
import { TelephonyError } from '@finaz-telephony/core';
import { createMasker, type Masker } from '../exchanges/mask.ts';
import type { EgressScope, ExchangeRecord } from './egress.ts';
import { sampleLength, type BodySample } from './response-body.ts';
import { openSpan, type OpenSpan } from '../tracing.ts';

const shownCharacters = 4096;

export interface RecordedExchange {
  /** The answer is over: read to its end, dropped, or broken off with `failure`. */
  readonly end: (
    status: number,
    headers: IncomingHttpHeaders,
    sample: BodySample,
    failure: unknown,
  ) => void;
  /** There was no answer. */
  readonly fail: (failure: unknown) => void;
}

export interface ExchangeRecorder {
  readonly begin: (
    method: string,
    url: URL,
    headers: Readonly<Record<string, string>>,
    body: string,
    withholdAnswer?: boolean,
  ) => RecordedExchange;
}

/** Writes down each exchange once, masked before it leaves this function. */
export function createExchangeRecorder(
  scope: EgressScope,
  record: (exchange: ExchangeRecord) => void,
): ExchangeRecorder {
  return {
    begin(method, url, headers, body, withholdAnswer = false) {
      const at = Date.now();
      const startedAt = performance.now();
      let isOver = false;
      const span = exchangeSpan(scope, method, url);
      const write = (
        status: number | null,
        answered: IncomingHttpHeaders,
        sample: BodySample | undefined,
        failure: unknown,
      ) => {
        if (isOver) return;
        isOver = true;
        const errorCode = codeOf(failure);
        if (status !== null) span.tell({ 'http.response.status_code': status });
        if (errorCode !== null) span.fail(errorCode);
        else if (status !== null && status >= 400) span.fail(String(status));
        span.end();
        const isSuccess = failure === undefined && status !== null && status < 400;
        if (scope.keeps && !scope.keeps(isSuccess)) return;
        const masker = createMasker(scope.conceal);
        record({
          scope,
          at,
          durationMs: performance.now() - startedAt,
          method,
          url: masker.text(url.href),
          requestHeaders: masker.headers(headers),
          requestBody: beginning(body, masker),
          status,
          responseHeaders: masker.headers(answered),
          responseBody: bodyOf(sample, answered, masker, withholdAnswer && isSuccess),
          errorCode,
        });
      };
      return {
        end: write,
        fail: (failure) => write(null, {}, undefined, failure),
      };
    },
  };
}

/** From the wait for its turn until the last byte of the answer, or what came instead. Its address is the host alone: the rest has numbers, ids and tokens. */
function exchangeSpan(scope: EgressScope, method: string, url: URL): OpenSpan {
  const { tenantId, connection, feature } = scope;
  const span = openSpan(method, {
    kind: SpanKind.CLIENT,
    attributes: {
      'telephony.tenant': tenantId,
      'telephony.connection': connection,
      'telephony.feature': feature,
      'http.request.method': method,
    },
  });
  if (span.isRecorded) {
    span.tell({
      'server.address': createMasker(scope.conceal).text(url.hostname),
      ...(url.port !== '' && { 'server.port': Number(url.port) }),
    });
  }
  return span;
}

function codeOf(failure: unknown): string | null {
  if (failure === undefined) return null;
  return TelephonyError.isInstance(failure) ? failure.code : 'network';
}

/** What is shown of a body. A value that the end of a sample cuts in two is known to no mask: only what does not depend on the end is shown. */
function beginning(sampled: string, masker: Masker, wholeLength = sampled.length): string {
  const masked = masker.text(sampled);
  if (wholeLength < sampleLength) return masked.slice(0, shownCharacters);
  const shorter = masker.text(sampled.slice(0, shownCharacters));
  let same = 0;
  while (same < shorter.length && shorter[same] === masked[same]) same += 1;
  return masked.slice(0, Math.min(same, shownCharacters));
}

const readable = /^(?:text\/|application\/(?:[\w.+-]*json|xml|x-www-form-urlencoded|problem))/i;

function bodyOf(
  sample: BodySample | undefined,
  headers: IncomingHttpHeaders,
  masker: Masker,
  isWithheld: boolean,
): string {
  if (!sample) return '';
  return isWithheld
    ? `[credentials, ${sample.length} bytes]`
    : describeBody(sample, headers, masker);
}

function describeBody(sample: BodySample, headers: IncomingHttpHeaders, masker: Masker): string {
  const type = headers['content-type'] ?? '';
  if (sample.length > 0 && (readable.test(type) || type === '')) {
    return beginning(Buffer.concat(sample.chunks).toString('utf8'), masker, sample.length);
  }
  const length = sample.length > 0 ? `${sample.length}` : (headers['content-length'] ?? 'unknown');
  return length === '0' ? '' : `[${type === '' ? 'unlabelled' : type}, ${length} bytes]`;
}
