import { RequestError } from '../http/request-error.ts';

/** @param waitMs how long until the next event may pass; 0 if it may pass now. @throws {RequestError} 429 */
export function refuseTooMany(waitMs: number): void {
  if (waitMs > 0) throw tooMany(waitMs);
}

export const tooMany = (waitMs: number): RequestError =>
  new RequestError(429, 'too_many_requests', 'Too many events.', {
    hint: 'Send more slowly; what was refused was not recorded.',
    headers: { 'Retry-After': String(Math.max(1, Math.ceil(waitMs / 1000))) },
  });
