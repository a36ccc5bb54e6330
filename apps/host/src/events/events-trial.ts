import { TelephonyError } from '@finaz-telephony/core';
import { maskedError } from '../adapter-work/adapter-failure.ts';
import { createOfflineContext } from '../authoring/offline-context.ts';
import { inTime } from '../in-time.ts';
import type { Tenant } from '../tenants/tenant.ts';

/**
 * Whether the connection of a company can read events at all: it is given one that tells of nothing, and sends nothing. A secret that is no key, for instance, would come to
 * light with the first event only, whose sender can mend nothing.
 *
 * @returns what keeps it from reading any
 */
export async function triedEvents(
  tenant: Pick<Tenant, 'id' | 'timeZone' | 'bindings' | 'connections'>,
): Promise<TelephonyError | undefined> {
  const connection = tenant.connections.get(tenant.bindings.answeredCall ?? '');
  const read = connection?.adapter.features.answeredCall;
  if (!connection || !read) return undefined;
  const nothing = new Request('https://host.invalid/', { method: 'POST' });
  const given = new AbortController();
  const context = { ...createOfflineContext(tenant, connection.name, []), signal: given.signal };
  try {
    // One that waits for what such an event has not must hold up nobody who saves a document.
    await inTime(
      connection.limits.timeoutMs,
      read(nothing, context),
      () => new Error('no reading'),
    );
    return undefined;
  } catch (error) {
    // Anything else is what it says of an event that is none.
    if (!TelephonyError.isInstance(error) || error.code !== 'invalid_config') return undefined;
    return maskedError(error, 'answeredCall', [connection.secretValues]);
  } finally {
    given.abort();
  }
}
