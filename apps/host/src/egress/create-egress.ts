import { Readable } from 'node:stream';
import { TelephonyError, type ContextRequestInit } from '@finaz-telephony/core';
import { createAddressGuard } from './address-guard.ts';
import { dispatch } from './dispatch.ts';
import { asEgressError } from './egress-error.ts';
import type { EgressResponse } from './egress-response.ts';
import type { Egress, EgressScope } from './egress.ts';
import { createExchangeRecorder, type ExchangeRecorder } from './exchange-recorder.ts';
import type { Resolve } from './name-lookups.ts';
import { ContentFailure, outgoingBody, type OutgoingBody } from './outgoing-body.ts';
import type { Proxy } from './proxy.ts';
import { followRedirects, type Hop } from './redirects.ts';
import { createTargets } from './targets.ts';

export interface EgressOptions {
  /** Networks that may be reached besides the public ones (`EGRESS_ALLOW`). */
  readonly allow: readonly string[];
  /** The proxy through which all other addresses are reached (`EGRESS_PROXY`). */
  readonly proxy?: Proxy | undefined;
  readonly resolve?: Resolve;
  /** A monotonic clock: a clock set ahead would lift the limits, and a clock set back would prolong them. */
  readonly now?: () => number;
}

/** Creates the only way by which requests leave this host. */
export function createEgress({
  allow,
  proxy,
  resolve,
  now = () => performance.now(),
}: EgressOptions): Egress {
  const guard = createAddressGuard(allow, resolve);
  const targets = createTargets(guard, proxy, now);

  async function send(
    scope: EgressScope,
    recorder: ExchangeRecorder,
    { url, init, body }: Hop,
  ): Promise<EgressResponse> {
    const method = (init.method ?? 'GET').toUpperCase();
    const headers = requestHeaders(init, body);
    const exchange = recorder.begin({
      method,
      url,
      headers,
      body: body.sample,
      withholdsAnswer: init.withholdAnswer ?? false,
    });
    try {
      guard.checkUrl(url);
      const { gate, sockets } = targets.of(scope, url);
      return await gate.pass(async () =>
        dispatch({
          ...sockets(),
          scope,
          exchange,
          url,
          method,
          headers,
          init,
          content: body.content,
        }),
      );
    } catch (error) {
      const failure =
        error instanceof ContentFailure
          ? error.thrown
          : asEgressError(error, scope, { hasLeft: false, isAnswered: false, isPlain: false });
      exchange.fail(failure);
      throw failure;
    }
  }

  return {
    fetchFor(scope, record) {
      return async (address, init = {}) => {
        const recorder = createExchangeRecorder(scope, record);
        const body = await outgoingBody(init.body);
        const sendHop = (one: Hop) => send(scope, recorder, one);
        try {
          const hop = { url: parseUrl(address), init, body };
          return await (init.redirect === 'follow' ? followRedirects(hop, sendHop) : sendHop(hop));
        } catch (error) {
          // undici closes a stream only if it has begun to send it; otherwise the cursor or file behind the stream would stay open.
          if (body.content instanceof Readable) body.content.destroy();
          throw error;
        }
      };
    },
    close: targets.close,
  };
}

function parseUrl(address: string | URL): URL {
  try {
    return new URL(address);
  } catch (error) {
    throw new TelephonyError({
      code: 'invalid_config',
      message: 'The address of the request is not a URL.',
      hint: 'Look at the preview of the feature: it shows the address as it is made.',
      delivery: 'not_sent',
      cause: error,
    });
  }
}

function requestHeaders(init: ContextRequestInit, body: OutgoingBody): Record<string, string> {
  const headers: Record<string, string> = {
    'user-agent': 'finaz-telephony',
    accept: '*/*',
  };
  const given = init.headers;
  const entries =
    given instanceof Headers || Array.isArray(given) ? given : Object.entries(given ?? {});
  for (const [name, value] of entries)
    if (name !== undefined && value !== undefined) headers[name.toLowerCase()] = value;
  // A range of a compressed body could not be inflated. "deflate" is not offered, because servers mean two different formats by it.
  headers['accept-encoding'] ??= 'range' in headers ? 'identity' : 'gzip, br';
  if (body.contentType !== undefined) headers['content-type'] ??= body.contentType;
  if (
    body.content === undefined &&
    init.method !== undefined &&
    /^(?:post|put|patch)$/i.test(init.method)
  ) {
    headers['content-length'] = '0';
  }
  return headers;
}
