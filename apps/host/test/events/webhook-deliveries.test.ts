import { expect, test } from 'vitest';
import { createWebhookDeliveries } from '../../src/events/webhook-deliveries.ts';
import { openTestStore } from '../support/host-place.ts';

test('a company that has much due holds back no other', async () => {
  const { store, close } = await openTestStore();
  let now = 1_800_000_000_000;
  const deliveries = createWebhookDeliveries(store, 'this', () => now);
  try {
    for (let seq = 0; seq < 450; seq += 1) await deliveries.add('busy', 'call.answered', `${seq}`);
    now += 1000;
    await deliveries.add('other', 'call.answered', '1');
    const claimed = await deliveries.claim([], () => 4);
    expect(claimed.map(({ tenantId }) => tenantId)).toEqual([
      'busy',
      'busy',
      'busy',
      'busy',
      'other',
    ]);
  } finally {
    await close();
  }
});
