import type { Adapter } from '@finaz-telephony/core';
import type { Connection } from '../../src/tenants/tenant.ts';

/** A connection of a company, by an adapter of the test's own. */
export const connectionTo = (
  adapter: Adapter,
  { name = 'dialer', timeoutMs = 1000 } = {},
): Connection => ({
  name,
  adapterId: 'test',
  adapter,
  secretValues: [],
  limits: { requestsPerSecond: 100, concurrency: 1, timeoutMs },
});
