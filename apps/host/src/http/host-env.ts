import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { loggedTrace } from '../tracing.ts';
import type { Principal } from '../tenants/api-keys.ts';
import type { RequestError } from './request-error.ts';
import type { HeldKey } from './idempotency-keys.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** What middleware passes on to the routes. */
export interface HostEnv {
  Bindings: Partial<HttpBindings>;
  Variables: {
    requestId: string;
    /** When it arrived, in milliseconds since 1970. */
    cameAt: number;
    /** Fields that link its log lines to its trace. */
    trace?: ReturnType<typeof loggedTrace>;
    principal: Principal;
    /** On routes under `/v1/tenants/:tenant` that need the tenant to exist. */
    tenant: Tenant;
    /** For a request with an `Idempotency-Key`. */
    heldKey?: HeldKey;
    /** The answer for a repeat of the request with that key, if the first answer contains what must not be kept. */
    answeredAgain?: RequestError;
    /** For an event: the sender under which a refusal is counted, and whether its company was in memory. See refused-senders.ts. */
    eventSender?: { readonly name: string; readonly address: string; readonly isKnown: boolean };
    /** Its body was read, and is not too large. */
    isBodyMeasured?: true;
  };
}

export type HostContext = Context<HostEnv>;
