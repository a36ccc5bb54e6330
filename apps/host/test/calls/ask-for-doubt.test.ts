import { expect, it } from 'vitest';
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
