import type { IncomingHttpHeaders } from 'node:http';
import { SpanKind } from '@opentelemetry/api';
import { TelephonyError } from '@finaz-telephony/core';
import { decodeWhole } from '@finaz-telephony/core/host';
import { createMasker, type Masker } from '../exchanges/mask.ts';
import type { EgressScope, ExchangeRecord } from './egress.ts';
import { sampleLength, type BodySample } from './body-sample.ts';
import { openSpan, type OpenSpan } from '../tracing.ts';

const shownCharacters = 4096;

/** An answer, as far as it was read. */
export interface RecordedAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly sample: BodySample;
}

export interface RecordedExchange {
  /** The answer is over: read to its end, dropped, or broken off with `failure`. */
  readonly end: (answer: RecordedAnswer, failure: unknown) => void;
  /** There was no answer. */
  readonly fail: (failure: unknown) => void;
}

export interface RecordedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** The beginning of the body. */
  readonly body: string;
  /** Whether a successful answer contains credentials and must not be shown. */
  readonly withholdsAnswer: boolean;
}

export interface ExchangeRecorder {
  readonly begin: (request: RecordedRequest) => RecordedExchange;
}

/** Records each exchange once, masked before it leaves this function. */
export function createExchangeRecorder(
  scope: EgressScope,
  record: (exchange: ExchangeRecord) => void,
): ExchangeRecorder {
  return {
    begin({ method, url, headers, body, withholdsAnswer }) {
      const at = Date.now();
      const startedAt = performance.now();
      let isOver = false;
      const span = exchangeSpan(scope, method, url);
      const write = (answer: RecordedAnswer | undefined, failure: unknown) => {
        if (isOver) return;
        isOver = true;
        const errorCode = codeOf(failure);
        endSpan(span, answer, errorCode);
        const isSuccess = failure === undefined && answer !== undefined && answer.status < 400;
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
          status: answer?.status ?? null,
          responseHeaders: masker.headers(answer?.headers ?? {}),
          responseBody: shownBody(answer, masker, withholdsAnswer && isSuccess),
          errorCode,
        });
      };
      return { end: write, fail: (failure) => write(undefined, failure) };
    },
  };
}

/** A span from the wait for the gate until the answer's last byte, or the failure. It shows only the host of the address: the rest has numbers and tokens. */
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

function endSpan(
  span: OpenSpan,
  answer: RecordedAnswer | undefined,
  errorCode: string | null,
): void {
  if (answer) span.tell({ 'http.response.status_code': answer.status });
  if (errorCode !== null) span.fail(errorCode);
  else if (answer && answer.status >= 400) span.fail(String(answer.status));
  span.end();
}

function codeOf(failure: unknown): string | null {
  if (failure === undefined) return null;
  return TelephonyError.isInstance(failure) ? failure.code : 'internal';
}

/**
 * The shown beginning of a body. A value that the end of the sample cuts in two is not recognised, so the sample is masked twice, once a little shorter: the
 * part that is the same both times does not depend on where the sample ends.
 */
function beginning(sampled: string, masker: Masker, wholeLength = sampled.length): string {
  const masked = masker.text(sampled);
  if (wholeLength < sampleLength) return masked.slice(0, shownCharacters);
  // In proportion: a sample of UTF-16 has fewer characters than are shown.
  const shorter = masker.text(sampled.slice(0, (sampled.length * shownCharacters) / sampleLength));
  let same = 0;
  while (same < shorter.length && shorter[same] === masked[same]) same += 1;
  return masked.slice(0, Math.min(same, shownCharacters));
}

const readable = /^(?:text\/|application\/(?:[\w.+-]*json|xml|x-www-form-urlencoded|problem))/i;

function shownBody(
  answer: RecordedAnswer | undefined,
  masker: Masker,
  isWithheld: boolean,
): string {
  if (!answer) return '';
  const { headers, sample } = answer;
  if (isWithheld) return `[credentials, ${sample.length} bytes]`;
  const type = headers['content-type'] ?? '';
  if (sample.length > 0 && (readable.test(type) || type === '')) {
    return beginning(decodeWhole(Buffer.concat(sample.chunks)), masker, sample.length);
  }
  const length = sample.length > 0 ? `${sample.length}` : (headers['content-length'] ?? 'unknown');
  return length === '0' ? '' : `[${type === '' ? 'unlabelled' : type}, ${length} bytes]`;
}
