import { expect, it } from 'vitest';
import { AnyObject, jsonOf } from '../support/json.ts';
import { startHostWithAdapter } from '../support/host-with-adapter.ts';

it.each([
  ['named', { callId: 'c-1' }, true],
  ['left open', {}, false],
])(
  'a test of a transfer tells the adapter whether the caller named the call: %s',
  async (_how, call, isCallNamed) => {
    const host = await startHostWithAdapter(
      `() => ({
      features: {
        transfer: async ({ isCallNamed }) => ({ status: 'accepted', vendorStatus: String(isCallNamed) }),
      },
    })`,
      'transfer',
    );
    const input = { queue: '7', extension: '1001', destination: '2001', ...call };
    const tested = await host.tenant('/connections/dialer/test', {
      json: { feature: 'transfer', input },
    });
    expect(await jsonOf(tested, AnyObject)).toMatchObject({
      ok: true,
      result: { vendorStatus: String(isCallNamed) },
    });
  },
);
