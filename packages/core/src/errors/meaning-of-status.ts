import type { ErrorCode } from './error-code.ts';

/** What goes into a `TelephonyError` for an answer that is not a success. */
export interface StatusMeaning {
  readonly code: ErrorCode;
  /** In milliseconds from now; present if the answer says when to try again. */
  readonly retryAfterMs?: number;
}

/**
 * What the status of an answer means if the vendor says nothing else; `undefined` for a success. A 3xx that was not followed is `unreadable_response`.
 * A 502 or 504, or Cloudflare's 520 or 524, comes not from the vendor but from a gateway that got no answer: it becomes `network` or `timeout`, so that a call, transfer or
 * load is in doubt.
 *
 * @example
 * const failed = meaningOfStatus(response);
 * if (failed) throw new TelephonyError({ ...failed, message: 'Acme did not place the call.', vendor: { status: response.status } });
 */
export function meaningOfStatus({
  status,
  headers,
}: Pick<Response, 'status' | 'headers'>): StatusMeaning | undefined {
  if (status >= 200 && status < 300) return undefined;
  const code = codeOf(status);
  const isLater = code === 'rate_limited' || code === 'unavailable';
  const retryAfterMs = isLater ? retryAfter(headers.get('retry-after')) : undefined;
  return { code, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

/** Cloudflare's own counterparts of 502 and 504; its other statuses mean that it has not reached the vendor. */
const cloudflare = { noAnswer: 520, noAnswerInTime: 524 };

function codeOf(status: number): ErrorCode {
  if (status === 401 || status === 403) return 'auth_failed';
  if (status === 404) return 'not_found';
  if (status === 429) return 'rate_limited';
  if (status === 502 || status === cloudflare.noAnswer) return 'network';
  if (status === 504 || status === cloudflare.noAnswerInTime) return 'timeout';
  if (status >= 500 || status === 408) return 'unavailable';
  return status >= 400 ? 'refused' : 'unreadable_response';
}

/** Reads a `Retry-After` header, which has seconds or a date, as milliseconds from now. */
export function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}
