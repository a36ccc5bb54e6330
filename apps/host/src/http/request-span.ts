import { SpanKind } from '@opentelemetry/api';
import { createMiddleware } from 'hono/factory';
import { callersTrace, inSpan, loggedTrace } from '../tracing.ts';
import { codeOfError } from './error-response.ts';
import type { HostEnv } from './host-env.ts';
import { routeOf } from './route-of.ts';

/**
 * A span for each request of the API, as a child of the caller's. Runs after authentication: otherwise a stranger could have everything recorded, and write
 * into the traces of the CRM. Requests of strangers have no spans at all.
 */
export const requestSpan = createMiddleware<HostEnv>(async (context, next) => {
  const { method } = context.req;
  const route = routeOf(context);
  await inSpan(
    `${method} ${route}`,
    {
      kind: SpanKind.SERVER,
      parent: callersTrace((name) => context.req.header(name)),
      startTime: context.get('cameAt'),
      attributes: {
        'http.request.method': method,
        'http.route': route,
        'telephony.request.id': context.get('requestId'),
      },
    },
    async (span) => {
      context.set('trace', loggedTrace());
      await next();
      const { status } = context.res;
      const tenantId = context.get('tenant')?.id ?? context.get('principal').tenantId;
      span.tell({
        'http.response.status_code': status,
        // Not the address itself: a caller may have written anything there.
        ...(tenantId !== null && { 'telephony.tenant': tenantId }),
      });
      // A caller's mistake is not a failure of ours.
      if (status >= 500) span.fail(codeOfError(context.error) ?? String(status));
    },
  );
});
