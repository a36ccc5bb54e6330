import {
  TelephonyError,
  type AdapterContext,
  type ContextFetch,
  type ContextRequestInit,
  type FeatureName,
  type TracedValue,
} from '@finaz-telephony/core';
import { decodeWhole } from '@finaz-telephony/core/template';
import { isCausedBy } from './caused-by.ts';

/** A request as an adapter would send it. */
export interface PreviewedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Stands in the place of every answer. */
class PreviewEnd extends Error {
  override readonly name = 'PreviewEnd';
}

export interface Preview {
  /** Those that go before the last one: a login, or the making of a list. Where an answer would be needed, a value stands in its place. */
  readonly before: readonly PreviewedRequest[];
  readonly request: PreviewedRequest;
  /** Where each value came from, for adapters that tell. */
  readonly values: readonly TracedValue[];
}

/** Runs a feature without sending anything: its requests are shown, as far as they do not depend on answers that only the adapter could stand in for. */
export async function previewFeature(
  feature: FeatureName,
  base: Omit<AdapterContext, 'fetch' | 'trace'>,
  run: (context: AdapterContext) => Promise<unknown>,
): Promise<Preview> {
  const values: TracedValue[] = [];
  const requests: PreviewedRequest[] = [];
  const fetch: ContextFetch = async (url, init = {}) => {
    requests.push(await shownRequest(url, init));
    throw new PreviewEnd('preview');
  };
  try {
    await run({ ...base, fetch, isPreview: true, trace: (value) => values.push(value) });
  } catch (error) {
    const request = requests.at(-1);
    if (!request || !isCausedBy(error, PreviewEnd)) throw error;
    return { before: requests.slice(0, -1), request, values };
  }
  throw new TelephonyError({
    code: 'invalid_config',
    message: `The connection serves ${feature} without any request, so there is nothing to preview.`,
    feature,
  });
}

export async function shownRequest(
  url: string | URL,
  init: ContextRequestInit,
): Promise<PreviewedRequest> {
  const request = new Request(url, { method: init.method ?? 'GET', headers: init.headers ?? {} });
  return {
    method: request.method,
    url: String(url),
    headers: Object.fromEntries(request.headers),
    body: await bodyText(init.body),
  };
}

async function bodyText(body: RequestInit['body']): Promise<string> {
  if (body === undefined || body === null) return '';
  if (typeof body === 'string') return body;
  // A body in Latin-1 is shown as what it says, not as its bytes.
  return decodeWhole(new Uint8Array(await new Response(body).arrayBuffer()));
}
