import { expect, it, onTestFinished } from 'vitest';
import { readEnvironment } from '../../src/environment.ts';
import { createWebhookDeliveries } from '../../src/events/webhook-deliveries.ts';
import { silentLogger } from '../../src/logger.ts';
import { serve } from '../../src/serve.ts';
import { openStore } from '../../src/store/open-store.ts';
import { createHostPlace } from '../support/host-place.ts';
import { adminKey } from '../support/test-host.ts';

it('on SQLite, a webhook that a killed host was sending is due as soon as the next host starts', async () => {
  const place = await createHostPlace({ engine: 'sqlite' });
  const store = await openStore({ ...place, logger: silentLogger });
  onTestFinished(async () => {
    await store.close();
    await place.remove();
  });
  const deliveries = createWebhookDeliveries(store, 'killed', Date.now);
  await deliveries.add('1042', 'call.answered', '1');
  expect(await deliveries.claim([], () => 4)).toHaveLength(1);

  const variables = { PORT: '0', DRAIN_SECONDS: '0', ADMIN_KEY: adminKey, ...place.variables };
  const { stop } = await serve(readEnvironment(variables), silentLogger);
  onTestFinished(stop);
  const states = () => store.db.selectFrom('webhook_deliveries').select('state').execute();
  // There is no such company any more.
  await expect.poll(states, { timeout: 20_000 }).toEqual([{ state: 'given_up' }]);
});
