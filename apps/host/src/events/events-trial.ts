import { TelephonyError } from '@finaz-telephony/core';
import { maskedError } from '../adapter-work/adapter-failure.ts';
import { createOfflineContext } from '../authoring/offline-context.ts';
import { inTime } from '../in-time.ts';
import type { Tenant } from '../tenants/tenant.ts';

/**
 * Tries whether the connection of a company can read events at all, with an empty event and without sending anything. Otherwise a secret that is not a valid
 * key, for instance, would come to light only with the first event, and its sender cannot mend it.
 *
 * @returns the error that keeps the connection from reading events
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
    // An adapter that waits for something the empty event lacks must not hold up whoever saves the document.
    await inTime(
      connection.limits.timeoutMs,
      read(nothing, context),
      () => new Error('no reading'),
    );
    return undefined;
  } catch (error) {
    // Any other error is about the empty event, not about the set-up.
    if (!TelephonyError.isInstance(error) || error.code !== 'invalid_config') return undefined;
    return maskedError(error, 'answeredCall', [connection.secretValues]);
  } finally {
    given.abort();
  }
}
