import type { Tenant } from '../tenants/tenant.ts';
import type { AttemptOfMailing, AttemptStore } from './attempt-store.ts';
import type { StatusStore } from './vendor-statuses.ts';

/** What the dialer's reports say of single calls. */
export interface CallResults {
  /** The latest first. */
  readonly find: (tenant: Tenant, callId: string) => Promise<AttemptOfMailing[]>;
}

export function createCallResults(attempts: AttemptStore, statuses: StatusStore): CallResults {
  return {
    find: async (tenant, callId) =>
      attempts.findByCall(tenant, callId, await statuses.read(tenant)),
  };
}
