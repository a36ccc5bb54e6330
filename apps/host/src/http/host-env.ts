import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { loggedTrace } from '../tracing.ts';
import type { Principal } from '../tenants/api-keys.ts';
import type { RequestError } from './error-response.ts';
import type { HeldKey } from './idempotency-keys.ts';
import type { Tenant } from '../tenants/tenant.ts';

/** What middleware leaves for the routes behind it. */
export interface HostEnv {
  Bindings: Partial<HttpBindings>;
  Variables: {
    requestId: string;
    /** When it came, in milliseconds since 1970. */
    cameAt: number;
    /** Fields by which its log lines are found from its trace. */
    trace?: ReturnType<typeof loggedTrace>;
    principal: Principal;
    /** On routes under `/v1/tenants/:tenant` that need the tenant to exist. */
    tenant: Tenant;
    /** Of a request with an `Idempotency-Key`. */
    heldKey?: HeldKey;
    /** What the same request with that key is answered, where the first answer tells what must not be kept. */
    answeredAgain?: RequestError;
    /** Of an event: as whom its sender is counted where it is refused, and whether its company was in memory. See refused-senders.ts. */
    eventSender?: { readonly name: string; readonly address: string; readonly isKnown: boolean };
    /** Its body was read, and is not too large. */
    isBodyMeasured?: true;
  };
}

export type HostContext = Context<HostEnv>;
