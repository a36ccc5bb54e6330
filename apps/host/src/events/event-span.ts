import { SpanKind } from '@opentelemetry/api';
import type { Tenant } from '../tenants/tenant.ts';
import type { EventSource } from './event-log.ts';

/** The span of an event. It never continues the trace in the headers of the request: anybody may have written that. */
export const eventSpan = (tenant: Tenant, source: EventSource, connection: string) => ({
  kind: SpanKind.CONSUMER,
  attributes: {
    'telephony.tenant': tenant.id,
    'telephony.connection': connection,
    'telephony.feature': 'answeredCall',
    'telephony.event.source': source,
  },
});
