import type { ContextRequestInit } from '@finaz-telephony/core';
import { decodeWhole } from '@finaz-telephony/core/host';
import * as v from 'valibot';

/** A request as people are shown it. */
export const ShownRequestSchema = v.pipe(
  v.object({
    method: v.string(),
    url: v.string(),
    headers: v.record(v.string(), v.string()),
    body: v.string(),
  }),
  v.metadata({ ref: 'SentRequest' }),
);
export type ShownRequest = v.InferOutput<typeof ShownRequestSchema>;

/**
 * The request that an adapter would send, in a form that is the same each time: the random boundary of a multipart form is replaced.
 */
export async function shownRequest(
  url: string | URL,
  init: ContextRequestInit,
): Promise<ShownRequest> {
  const { method, headers } = new Request(url, {
    method: init.method ?? 'GET',
    headers: init.headers ?? {},
  });
  const { text, type } = await shownBody(init.body);
  if (type !== undefined && !headers.has('content-type')) headers.set('content-type', type);
  const boundary = /boundary="?([^";]+)/.exec(headers.get('content-type') ?? '')?.[1] ?? '';
  const settled = (said: string) =>
    boundary === '' ? said : said.replaceAll(boundary, 'BOUNDARY');
  return {
    method,
    url: String(url),
    headers: Object.fromEntries([...headers].map(([name, value]) => [name, settled(value)])),
    body: settled(text),
  };
}

/** The body's text, and its content type if the body sets one itself, as a form does. */
async function shownBody(
  body: ContextRequestInit['body'],
): Promise<{ readonly text: string; readonly type?: string }> {
  if (body === undefined || body === null) return { text: '' };
  if (typeof body === 'string') return { text: body };
  const whole = new Response(body);
  const type = whole.headers.get('content-type');
  // Decodes Latin-1 as well, so that its text is shown correctly.
  const text = decodeWhole(new Uint8Array(await whole.arrayBuffer()));
  return { text, ...(type !== null && { type }) };
}
