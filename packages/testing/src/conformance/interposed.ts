import {
  TelephonyError,
  type AdapterContext,
  type ContextRequestInit,
} from '@finaz-telephony/core';
import { createTestContext, type TestContextOptions } from '../test-context.ts';

/** A request as the adapter sends it. */
export interface AskedRequest {
  /** Counted from 1 within the operation. */
  readonly position: number;
  readonly url: string;
  readonly method: string;
  readonly init: ContextRequestInit;
}

type Send = () => Promise<Response>;

/** A context between the adapter and the vendor: `answer` decides what becomes of each request. */
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

/** A context whose network fails after this many requests. */
export const closingContext = (open: number): AdapterContext =>
  interposed(({ position }, send) =>
    position <= open
      ? send()
      : Promise.reject(
          new TelephonyError({ code: 'network', message: 'no way out', delivery: 'not_sent' }),
        ),
  ).context;

/** How long to wait for an answer that never comes. Not shorter, because on a busy machine the request itself takes a while to arrive. */
const untilGivenUpMs = 800;

/** A context that soon stops waiting, however long the adapter would: a host, too, expects an answer to begin within the time limit of the connection. */
export function impatientContext(): AdapterContext {
  const context = createTestContext();
  return {
    ...context,
    fetch: (url, init) => context.fetch(url, { ...init, timeoutMs: untilGivenUpMs }),
  };
}

/** An operation with more requests than this is not tested to its end. */
export const mostRequests = 6;
