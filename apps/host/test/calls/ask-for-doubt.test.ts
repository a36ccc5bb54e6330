import { expect, it } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { openStore } from '../../src/store/open-store.ts';
import { AnyObject, jsonOf, ProblemShape } from '../support/json.ts';
import { startHostWithAdapter } from '../support/host-with-adapter.ts';

it('a transfer in doubt cannot be settled by asking the vendor for the state of the call, which says nothing of the transfer', async () => {
  const host = await startHostWithAdapter(
    `() => ({
      followCall: async () => ({ phase: 'talking' }),
      features: { transfer: async () => { throw new Error('nobody knows') } },
    })`,
    'transfer',
  );
  const json = { queue: '7', extension: '1001', destination: '2001', callId: 'c-1' };
  const { attemptId } = await jsonOf(await host.tenant('/transfers', { json }), ProblemShape);
  const asked = await host.tenant(`/calls/${attemptId}/settle`, { json: { state: 'ask' } });
  expect(asked.status).toBe(409);
  expect(await jsonOf(asked, AnyObject)).toMatchObject({
    code: 'feature_off',
    feature: 'transfer',
  });
  const doubts = await host.tenant('/calls?state=in_doubt');
  expect(await doubts.json()).toMatchObject({ calls: [{ attemptId, state: 'in_doubt' }] });
});

it('a damaged call is not settled by asking: without what was captured, the system might deny a call that it has', async () => {
  const host = await startHostWithAdapter(
    `() => ({
      followCall: async () => undefined,
      features: { click2call: async () => { throw new Error('nobody knows') } },
    })`,
    'click2call',
  );
  const json = { queue: '7', extension: '1001', areaCode: '41', number: '99999-8888' };
  const { attemptId } = await jsonOf(await host.tenant('/calls', { json }), ProblemShape);
  const store = await openStore({ ...host, logger: silentLogger });
  await store.db.updateTable('calls').set({ sealed: 'v1.AAAA' }).execute();
  await store.close();
  const asked = await host.tenant(`/calls/${attemptId}/settle`, { json: { state: 'ask' } });
  expect(asked.status).toBe(500);
  const settled = await host.tenant(`/calls/${attemptId}/settle`, { json: { state: 'accepted' } });
  expect(await settled.json()).toMatchObject({ state: 'accepted', unreadable: true });
});
