import { startLoopbackServer } from '@finaz-telephony/testing';
import { expect, onTestFinished, test } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { openStore } from '../../src/store/open-store.ts';
import { jsonOf, PlacedShape } from '../support/json.ts';
import { wanted } from '../support/shared-host.ts';
import { startTestHost } from '../support/test-host.ts';

test('a call answered after its company was deleted still reaches its caller, and leaves nothing stored under its Idempotency-Key', async () => {
  const rung = Promise.withResolvers<void>();
  const answering = Promise.withResolvers<void>();
  const vendor = await startLoopbackServer(async (_, response) => {
    rung.resolve();
    await answering.promise;
    response.end('{"id":"c-1"}');
  });
  onTestFinished(() => vendor.close());
  const document = {
    connections: {
      dialer: {
        adapter: 'generic-http',
        settings: {
          baseUrl: vendor.url,
          click2call: { request: { url: '/' }, capture: { callId: '{{ reply.id }}' } },
        },
      },
    },
    features: { click2call: 'dialer' },
  };
  const { dataDir, databaseUrl, tenant, stop } = await startTestHost({ document });
  onTestFinished(stop);
  const placed = tenant('/calls', { json: wanted, headers: { 'Idempotency-Key': 'k-1' } });
  await rung.promise;
  expect((await tenant('', { method: 'DELETE' })).status).toBe(204);
  answering.resolve();
  expect(await jsonOf(await placed, PlacedShape)).toMatchObject({ callId: 'c-1' });
  const { db, close } = await openStore({ dataDir, databaseUrl, logger: silentLogger });
  for (const table of ['idempotency_keys', 'tenant_keys'] as const)
    expect(
      await db.selectFrom(table).selectAll().where('tenant_id', '=', '1042').execute(),
    ).toEqual([]);
  await close();
});
