import { describe, expect, it } from 'vitest';
import { AnyObject, jsonOf, ProblemShape } from '../support/json.ts';
import { sharedHost } from '../support/shared-host.ts';
import { placeCall } from '../support/test-host.ts';

const host = await sharedHost();

describe('a transfer', () => {
  it('hands over the current call of the extension, whose id the host knows', async () => {
    const callId = await placeCall(host);
    const response = await host.tenant('/transfers', {
      json: { queue: '7', extension: '1001', destination: '(41) 3333-0000' },
    });
    expect(response.status).toBe(200);
    expect(await jsonOf(response, AnyObject)).toMatchObject({ status: 'accepted', callId });
    expect(host.vendor.requests.at(-1)?.path).toBe('/extensions/1001/transfer');
    expect(host.vendor.requests.at(-1)?.body.toString()).toBe('{"destination":"4133330000"}');
  });

  it('accepts null for the call id, as in the answer to a call whose id comes later', async () => {
    const callId = await placeCall(host);
    const nothing = { callId: null, parameters: null };
    const response = await host.tenant('/transfers', {
      json: { queue: '7', extension: '1001', destination: '4133330000', ...nothing },
    });
    expect(response.status).toBe(200);
    expect(await jsonOf(response, AnyObject)).toMatchObject({ status: 'accepted', callId });
  });

  it('is found by its destination number, in whatever form the number is written', async () => {
    await placeCall(host);
    const json = { queue: '7', extension: '1001', destination: '041 3333-0001' };
    expect((await host.tenant('/transfers', { json })).status).toBe(200);
    for (const phone of ['4133330001', '%2B55+41+3333-0001']) {
      const calls = await host.tenant(`/calls?phone=${phone}`);
      expect(await jsonOf(calls, AnyObject)).toMatchObject({ calls: [{ feature: 'transfer' }] });
      const exchanges = await host.tenant(`/exchanges?phone=${phone}`);
      expect(await jsonOf(exchanges, AnyObject)).toMatchObject({
        exchanges: [{ feature: 'transfer' }],
      });
    }
  });

  it.each([
    ['an extension', '100-1'],
    ['the name of a queue', 'Cobrança 2'],
  ])('passes on a destination that is no number as it is written: %s', async (_, destination) => {
    await placeCall(host);
    const response = await host.tenant('/transfers', {
      json: { queue: '7', extension: '1001', destination },
    });
    expect(response.status).toBe(200);
    expect(host.vendor.requests.at(-1)?.body.toString()).toBe(JSON.stringify({ destination }));
  });

  it('is refused if the extension has no call', async () => {
    const response = await host.tenant('/transfers', {
      json: { queue: '7', extension: '1002', destination: '4133330000' },
    });
    expect(response.status).toBe(422);
    expect(await jsonOf(response, ProblemShape)).toMatchObject({
      code: 'refused',
      vendor: { message: 'ramal sem ligacao em curso' },
    });
  });

  it('cannot reach another address of the vendor through its extension', async () => {
    const response = await host.tenant('/transfers', {
      json: { queue: '7', extension: '../calls', destination: '4133330000' },
    });
    expect(response.status).toBe(422);
    expect(host.vendor.requests.at(-1)?.path).toBe('/extensions/..%2Fcalls/transfer');
  });
});
