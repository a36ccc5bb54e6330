import * as v from 'valibot';
import { invalidRequest } from '../http/request-error.ts';

/** A saved request of a telephone system. */
export const NotificationSchema = v.strictObject({
  method: v.pipe(
    v.optional(v.picklist(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']), 'POST'),
    v.description('Of a GET the body is not read.'),
  ),
  url: v.pipe(
    v.optional(v.string(), ''),
    v.description(
      'With its query: whole, from its path on, or `?ramal=1001` alone. By default the address of the connection.',
    ),
  ),
  headers: v.optional(v.record(v.string(), v.string()), {}),
  body: v.pipe(v.optional(v.string(), ''), v.description('As it came.')),
});
export type NotificationSample = v.InferOutput<typeof NotificationSchema>;

/**
 * The request, as an adapter gets it.
 *
 * @throws {RequestError} if the sample is not a valid request
 */
export function requestOf(
  { method, url, headers, body }: NotificationSample,
  tenant: string,
  connection: string,
): Request {
  const place = `https://host.invalid/callbacks/${tenant}/${encodeURIComponent(connection)}`;
  try {
    return new Request(new URL(url, place), {
      method,
      headers,
      ...(method !== 'GET' && { body }),
    });
  } catch {
    throw invalidRequest([
      {
        path: 'notification',
        message: 'is no request: look at its url, and at the names and values of its headers',
      },
    ]);
  }
}
