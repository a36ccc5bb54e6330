import { SpanKind } from '@opentelemetry/api';
import { createMiddleware } from 'hono/factory';
import { callersTrace, inSpan, loggedTrace } from '../tracing.ts';
import { codeOfError } from './error-response.ts';
import type { HostEnv } from './host-env.ts';
import { routeOf } from './route-of.ts';

/**
 * A span for each request of the API, below that of the caller. Behind authentication: a stranger could else have everything recorded, and write into the traces of the
 * CRM. Strangers have no spans at all.
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
        // Not what stands in the address: a caller may have written anything there.
        ...(tenantId !== null && { 'telephony.tenant': tenantId }),
      });
      // What its caller has done wrong is no failure of ours.
      if (status >= 500) span.fail(codeOfError(context.error) ?? String(status));
    },
  );
});
