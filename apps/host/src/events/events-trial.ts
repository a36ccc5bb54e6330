import { TelephonyError } from '@finaz-telephony/core';
import { createOfflineContext } from '../authoring/offline-context.ts';
import type { Tenant } from '../tenants/tenant.ts';

/**
 * Whether the connection of a company can read events at all: it is given one that tells of nothing, and sends nothing. A secret that is no key, for instance, would come to
 * light with the first event only, whose sender can mend nothing.
 *
 * @returns what keeps it from reading any
 */
export async function triedEvents(tenant: Tenant): Promise<TelephonyError | undefined> {
  const connection = tenant.connections.get(tenant.bindings.answeredCall ?? '');
  const read = connection?.adapter.features.answeredCall;
  if (!connection || !read) return undefined;
  const nothing = new Request('https://host.invalid/', { method: 'POST' });
  try {
    await read(nothing, createOfflineContext(tenant, connection.name, []));
    return undefined;
  } catch (error) {
    // Anything else is what it says of an event that is none.
    return TelephonyError.isInstance(error) && error.code === 'invalid_config' ? error : undefined;
  }
}
