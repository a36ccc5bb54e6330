import type { AdapterContext } from '@finaz-telephony/core';
import { silentLogger } from '../logger.ts';

/** What a feature gets that is only looked at. It has no way out: who looks stands in for the telephone system. */
export type ContextToLook = Omit<AdapterContext, 'fetch' | 'trace' | 'explain'>;

export function contextToLook(tenant: AdapterContext['tenant'], connection: string): ContextToLook {
  return {
    tenant: { id: tenant.id, timeZone: tenant.timeZone },
    connection,
    logger: silentLogger,
    signal: new AbortController().signal,
    now: () => new Date(),
  };
}
