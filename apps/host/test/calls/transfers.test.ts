import { describe, expect, it } from 'vitest';
import { AnyObject, jsonOf, ProblemShape } from '../support/json.ts';
import { sharedHost } from '../support/shared-host.ts';
import { placeCall } from '../support/test-host.ts';

const host = await sharedHost();

describe('transfer', () => {
  it('hands over the call of the extension, found by what the host knows', async () => {
    const callId = await placeCall(host);
    const response = await host.tenant('/transfers', {
      json: { queue: '7', extension: '1001', destination: '(41) 3333-0000' },
    });
    expect(response.status).toBe(200);
    expect(await jsonOf(response, AnyObject)).toMatchObject({ status: 'accepted', callId });
    expect(host.vendor.requests.at(-1)?.path).toBe('/extensions/1001/transfer');
    expect(host.vendor.requests.at(-1)?.body.toString()).toBe('{"destination":"4133330000"}');
  });

  it('takes the callId as a call is answered with, which is null where its id comes later', async () => {
    const callId = await placeCall(host);
    const nothing = { callId: null, parameters: null };
    const response = await host.tenant('/transfers', {
      json: { queue: '7', extension: '1001', destination: '4133330000', ...nothing },
    });
    expect(response.status).toBe(200);
    expect(await jsonOf(response, AnyObject)).toMatchObject({ status: 'accepted', callId });
  });

  it('is found by the number that it went to, in whatever form', async () => {
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

  it('leaves an extension and the name of a queue as they are written', async () => {
    await placeCall(host);
    const response = await host.tenant('/transfers', {
      json: { queue: '7', extension: '1001', destination: '100-1' },
    });
    expect(response.status).toBe(200);
    expect(host.vendor.requests.at(-1)?.body.toString()).toBe('{"destination":"100-1"}');
  });

  it('is refused where there is no call', async () => {
    const response = await host.tenant('/transfers', {
      json: { queue: '7', extension: '1002', destination: '4133330000' },
    });
    expect(response.status).toBe(422);
    expect(await jsonOf(response, ProblemShape)).toMatchObject({
      code: 'refused',
      vendor: { message: 'ramal sem ligacao em curso' },
    });
  });

  it('cannot leave its place in the address', async () => {
    const response = await host.tenant('/transfers', {
      json: { queue: '7', extension: '../calls', destination: '4133330000' },
    });
    expect(response.status).toBe(422);
    expect(host.vendor.requests.at(-1)?.path).toBe('/extensions/..%2Fcalls/transfer');
  });
});
