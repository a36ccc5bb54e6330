import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { AnyObject, jsonOf, ProblemShape } from '../support/json.ts';
import { sharedHost, wanted } from '../support/shared-host.ts';

const host = await sharedHost();

describe('preview and test', () => {
  it('a preview shows the exact request with its secrets masked and the source of each value, and sends nothing', async () => {
    const before = host.vendor.requests.length;
    const response = await host.tenant('/connections/dialer/preview', {
      json: { feature: 'click2call', input: wanted },
    });
    const preview = await jsonOf(
      response,
      v.looseObject({
        request: v.looseObject({ body: v.string(), headers: v.record(v.string(), v.string()) }),
        values: v.array(v.looseObject({})),
      }),
    );
    expect(preview.request).toMatchObject({
      method: 'POST',
      url: `${host.vendor.url}/calls`,
      body: '{"extension":"1001","number":"41999998888","queue":"7"}',
    });
    expect(preview.request.headers['authorization']).toBe('Bearer ***vendorToken***');
    expect(preview.values).toContainEqual({
      place: 'body.json.extension',
      expression: 'extension',
      value: '1001',
      source: 'input',
    });
    expect(host.vendor.requests).toHaveLength(before);
  });

  it('a test sends a request, and shows the answer, what was read from it, and a refusal', async () => {
    const response = await host.tenant('/connections/dialer/test', {
      json: { feature: 'click2call', input: wanted },
    });
    const test = await jsonOf(
      response,
      v.looseObject({
        ok: v.boolean(),
        exchanges: v.array(v.looseObject({ status: v.nullable(v.number()) })),
        result: v.looseObject({ callId: v.string() }),
      }),
    );
    expect(test.ok).toBe(true);
    expect(test.exchanges[0]?.status).toBe(201);
    expect(JSON.stringify(test)).not.toContain('vendor-token');
    expect(
      await jsonOf(await host.tenant('/connections/dialer/test', { json: {} }), AnyObject),
    ).toMatchObject({ ok: true });
    expect(
      await jsonOf(
        await host.tenant('/connections/dialer/test', {
          json: { feature: 'transfer', input: { queue: '7', extension: '1002', destination: '1' } },
        }),
        AnyObject,
      ),
    ).toMatchObject({ ok: false, error: { code: 'refused' } });
  });

  it('a test without a body tries the credentials, whatever its content type', async () => {
    for (const headers of [{}, { 'Content-Type': 'application/json' }]) {
      const init = { method: 'POST', headers };
      const test = await host.tenant('/connections/dialer/test', init);
      expect([test.status, await jsonOf(test, AnyObject)]).toEqual([
        200,
        expect.objectContaining({ ok: true }),
      ]);
    }
  });

  it('a preview of a transfer shows the destination reduced to its digits, as it is sent', async () => {
    const input = { queue: '7', extension: '1001', destination: '(41) 3333-0000' };
    const response = await host.tenant('/connections/dialer/preview', {
      json: { feature: 'transfer', input },
    });
    expect(await response.text()).toContain('4133330000');
  });

  it.each([
    [null, '', 'must be an object, and is null'],
    [[], '', 'must be an object, and is a list'],
    [[{ feature: 'transfer' }], '', 'must be an object, and is a list'],
    [{ feature: 'transfer', input: [] }, 'input', 'must be an object, and is a list'],
    [
      { feature: 'contactLoad', input: { queue: '7', contact: [] } },
      'input.contact',
      'must be an object, and is a list',
    ],
    [{ feature: 'clik2call', input: {} }, 'feature', 'is not known; did you mean "click2call"?'],
    [{ feature: 7, input: {} }, 'feature', 'must be "click2call", '],
    [{ feature: 'transfer', input: null }, 'input', 'must be an object, and is null'],
    [{ feature: 'transfer', input: {} }, 'input.queue', 'is missing'],
    [
      { feature: 'click2call', input: { queue: 7, extension: '1', areaCode: '41', number: '1' } },
      'input.queue',
      'must be text, and is a number: write it in quotes',
    ],
  ])('says in plain words what is wrong with the input: %j', async (json, path, words) => {
    const answer = await host.tenant('/connections/dialer/preview', { json });
    expect(answer.status).toBe(400);
    const { errors } = await jsonOf(answer, ProblemShape);
    expect(errors?.[0]).toEqual({ path, message: expect.stringContaining(words) });
  });

  it('a preview exists for every outgoing feature, and is refused for an unknown connection or an incoming feature', async () => {
    const inputs = {
      transfer: { queue: '7', extension: '1001', destination: '4133330000' },
      recording: { callId: 'c-1' },
      contactClear: { queue: '7' },
      contactLoad: {
        queue: '7',
        contact: {
          contactId: '1',
          name: 'A',
          cpf: '52998224725',
          phones: [{ areaCode: '41', number: '999998888' }],
        },
      },
      dialerResults: { queue: '7', from: '2026-11-24T03:00:00Z', to: '2026-11-25T03:00:00Z' },
    };
    for (const [feature, input] of Object.entries(inputs)) {
      const response = await host.tenant('/connections/dialer/preview', {
        json: { feature, input },
      });
      expect({ feature, status: response.status }).toEqual({ feature, status: 200 });
    }
    expect(
      (
        await host.tenant('/connections/nope/preview', {
          json: { feature: 'recording', input: { callId: '1' } },
        })
      ).status,
    ).toBe(404);
    expect(
      (
        await host.tenant('/connections/dialer/preview', {
          json: { feature: 'answeredCall', input: {} },
        })
      ).status,
    ).toBe(400);
  });
});
