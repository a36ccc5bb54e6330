import type { IncomingHttpHeaders } from 'node:http';
import { TelephonyError } from '@finaz-telephony/core';
import { createMasker, type Masker } from '../exchanges/mask.ts';
import type { EgressScope, ExchangeRecord } from './egress.ts';
import { sampleLength, type BodySample } from './response-body.ts';

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
      const write = (
        status: number | null,
        answered: IncomingHttpHeaders,
        sample: BodySample | undefined,
        failure: unknown,
      ) => {
        if (isOver) return;
        isOver = true;
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
          errorCode: TelephonyError.isInstance(failure)
            ? failure.code
            : failure === undefined
              ? null
              : 'network',
        });
      };
      return {
        end: write,
        fail: (failure) => write(null, {}, undefined, failure),
      };
    },
  };
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
