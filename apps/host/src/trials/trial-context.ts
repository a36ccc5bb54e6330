import type { AdapterContext } from '@finaz-telephony/core';
import { silentLogger } from '../logger.ts';

/** The context of a previewed or tried feature. It lacks `fetch`, which the caller provides in place of the telephone system. */
export type TrialContext = Omit<AdapterContext, 'fetch' | 'trace' | 'explain'>;

export function trialContext(tenant: AdapterContext['tenant'], connection: string): TrialContext {
  return {
    tenant: { id: tenant.id, timeZone: tenant.timeZone },
    connection,
    logger: silentLogger,
    signal: new AbortController().signal,
    now: () => new Date(),
  };
}
