import {
  TelephonyError,
  type AdapterContext,
  type ContextRequestInit,
} from '@finaz-telephony/core';
import { createTestContext, type TestContextOptions } from '../test-context.ts';

/** A request as it leaves the adapter. */
export interface AskedRequest {
  /** Counted from 1 within the work. */
  readonly position: number;
  readonly url: string;
  readonly method: string;
  readonly init: ContextRequestInit;
}

type Send = () => Promise<Response>;

/** A context that stands between the adapter and the vendor: `answer` decides what becomes of each request. */
export function interposed(
  answer: (request: AskedRequest, send: Send) => Promise<Response>,
  {
    isPreview,
    conceal,
    ...options
  }: TestContextOptions & Pick<AdapterContext, 'isPreview' | 'conceal'> = {},
): { readonly context: AdapterContext; readonly asked: () => number } {
  const context = createTestContext(options);
  let asked = 0;
  return {
    asked: () => asked,
    context: {
      ...context,
      ...(isPreview !== undefined && { isPreview }),
      ...(conceal && { conceal }),
      fetch(url, init = {}) {
        asked += 1;
        const { method = 'GET' } = init;
        return answer({ position: asked, url: String(url), method, init }, () =>
          context.fetch(url, init),
        );
      },
    },
  };
}

/** A context whose way out closes after so many requests. */
export const closingContext = (open: number): AdapterContext =>
  interposed(({ position }, send) =>
    position <= open
      ? send()
      : Promise.reject(
          new TelephonyError({ code: 'network', message: 'no way out', delivery: 'not_sent' }),
        ),
  ).context;

/** So long an answer is waited for that never comes. On a busy machine it takes a while until the request itself has arrived. */
const untilGivenUpMs = 800;

/** A context that gives an answer up soon, however long the adapter would wait: a host, too, wants it to begin within the time of the connection. */
export function impatientContext(): AdapterContext {
  const context = createTestContext();
  return {
    ...context,
    fetch: (url, init) => context.fetch(url, { ...init, timeoutMs: untilGivenUpMs }),
  };
}

/** A work of more requests than these is not looked at to its end. */
export const mostRequests = 6;
