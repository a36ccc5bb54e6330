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
