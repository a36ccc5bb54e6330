import {
  TelephonyError,
  type AdapterContext,
  type ContextFetch,
  type FeatureName,
  type TracedValue,
} from '@finaz-telephony/core';

/** A request as an adapter would send it. */
export interface PreviewedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Ends an adapter's work at its first request, which is all that a preview wants to know. */
class PreviewEnd extends Error {
  override readonly name = 'PreviewEnd';
  readonly request: PreviewedRequest;

  constructor(request: PreviewedRequest) {
    super('preview');
    this.request = request;
  }
}

export interface Preview {
  readonly request: PreviewedRequest;
  /** Where each value came from, for adapters that tell. */
  readonly values: readonly TracedValue[];
}

/** Runs a feature up to its first request, which is shown and never sent. */
export async function previewFeature(
  feature: FeatureName,
  base: Omit<AdapterContext, 'fetch' | 'trace'>,
  run: (context: AdapterContext) => Promise<unknown>,
): Promise<Preview> {
  const values: TracedValue[] = [];
  const fetch: ContextFetch = async (url, init = {}) => {
    const request = new Request(url, { method: init.method ?? 'GET', headers: init.headers ?? {} });
    throw new PreviewEnd({
      method: request.method,
      url: String(url),
      headers: Object.fromEntries(request.headers),
      body: await bodyText(init.body),
    });
  };
  try {
    await run({ ...base, fetch, trace: (value) => values.push(value) });
  } catch (error) {
    const end = endOf(error);
    if (end) return { request: end.request, values };
    throw error;
  }
  throw new TelephonyError({
    code: 'invalid_config',
    message: `The connection serves ${feature} without any request, so there is nothing to preview.`,
    feature,
  });
}

/** An adapter may have wrapped what its fetch threw. */
function endOf(error: unknown): PreviewEnd | undefined {
  if (error instanceof PreviewEnd) return error;
  return error instanceof Error && error.cause !== undefined ? endOf(error.cause) : undefined;
}

async function bodyText(body: RequestInit['body']): Promise<string> {
  if (body === undefined || body === null) return '';
  if (typeof body === 'string') return body;
  return new Response(body).text();
}
