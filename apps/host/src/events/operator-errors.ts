import { createMiddleware } from 'hono/factory';
import { prefersPage } from '../http/accept.ts';
import { RequestError } from '../http/request-error.ts';
import type { HostEnv } from '../http/host-env.ts';
import type { NotificationProblem } from './manual-notification.ts';
import { pageHeaders } from './operator-page.ts';
import type { RefusedCall } from './refused-call-page.ts';

/** An event whose parameters cannot be used. */
export class NotificationError extends RequestError {
  readonly problems: readonly NotificationProblem[];

  constructor(problems: readonly NotificationProblem[]) {
    super(400, 'invalid_input', 'The notification cannot be used as it is.', {
      hint: 'Parameters: pid, num, cid, ramal, empresaId (server); num, cid, ramal, empresaId (browser).',
      errors: problems.map(({ parameter, message }) => ({ parameter, message })),
    });
    this.problems = problems;
  }

  /** All problems in one line, for the log; without any value. */
  get reason(): string {
    return this.problems.map(({ parameter, message }) => `${parameter} ${message}`).join('; ');
  }
}

/**
 * Says what went wrong in a page if a browser asks for one: an operator reads it, and the problem is JSON in English. If `pageOf` has no page for it, the
 * problem stays.
 */
export function operatorErrors(pageOf: (refused: RefusedCall) => string | undefined) {
  return createMiddleware<HostEnv>(async (context, next) => {
    await next();
    const { status, headers } = context.res;
    if (status < 400 || !prefersPage(context.req.header('Accept'))) return;
    const page = pageOf({
      status,
      problems: context.error instanceof NotificationError ? context.error.problems : [],
      retryAfterSeconds: secondsOf(headers.get('Retry-After')),
      requestId: context.get('requestId'),
    });
    if (page === undefined) return;
    // Hono keeps the other headers of the response that is replaced.
    context.res = new Response(page, {
      status,
      headers: { ...pageHeaders, 'Content-Type': 'text/html; charset=UTF-8' },
    });
  });
}

const secondsOf = (retryAfter: string | null) =>
  retryAfter === null ? undefined : Number(retryAfter);
