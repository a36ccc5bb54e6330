import { expect, test } from 'vitest';
import { createEventHub } from '../../src/events/event-hub.ts';
import { openTestStore } from '../support/host-place.ts';

test('when notifications are lost, the hub wakes the streams of a company with new events, and no others', async () => {
  const { store, close } = await openTestStore();
  // This store loses all notifications.
  const hub = createEventHub({ ...store, listen: () => () => undefined });
  const woken: string[] = [];
  try {
    for (const tenantId of ['quiet', 'busy', 'busy'])
      hub.subscribe(tenantId, { wake: () => woken.push(tenantId), doubt: () => undefined });
    await hub.look();
    woken.length = 0;
    await hub.look();
    expect(woken).toEqual([]);
    await store.db.insertInto('event_counters').values({ tenant_id: 'busy', last: 1 }).execute();
    await hub.look();
    expect(woken).toEqual(['busy', 'busy']);
  } finally {
    hub.close();
    await close();
  }
});
