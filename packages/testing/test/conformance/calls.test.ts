import {
  defineAdapter,
  TelephonyError,
  type Adapter,
  type Click2CallInput,
  type Click2CallResult,
} from '@finaz-telephony/core';
import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { erased } from '../../src/conformance/subject.ts';
import { startConformanceVendor } from '../../src/conformance/vendor.ts';
import { complaintOf, complaintOfFeatures } from './complaint-of.ts';

const SettingsSchema = v.strictObject({ baseUrl: v.string(), token: v.string() });
type Settings = v.InferOutput<typeof SettingsSchema>;

type PlaceCall = (
  settings: Settings,
  send: (path: string, init?: RequestInit) => Promise<Response>,
) => Promise<Click2CallResult>;

/** An adapter that does one thing wrong, to see that the suite notices. */
const adapterThat = (placeCall: PlaceCall) => erased(subjectThat(placeCall));

function subjectThat(placeCall: PlaceCall) {
  return {
    definition: defineAdapter({
      id: 'bad',
      name: 'Bad',
      settings: SettingsSchema,
      create: (settings) => ({
        features: {
          click2call: (_input, context) =>
            placeCall(settings, (path, init) =>
              context.fetch(`${settings.baseUrl}${path}`, {
                method: 'POST',
                body: JSON.stringify({ extension: '1001', number: '41999998888', queue: '7' }),
                headers: { Authorization: `Bearer ${settings.token}` },
                signal: init?.signal ?? context.signal,
              }),
            ),
          recording: async (_input, context) =>
            context.fetch(`${settings.baseUrl}/ping`, {
              headers: { Authorization: `Bearer ${settings.token}` },
            }),
        },
      }),
    }),
    startVendor: startConformanceVendor,
    settings: (baseUrl: string) => ({ baseUrl, token: 'vendor-token' }),
    settingsWithWrongCredentials: (baseUrl: string) => ({ baseUrl, token: 'wrong' }),
  };
}

describe('the conformance suite', () => {
  it('fails an adapter that sends a call again if no answer comes', async () => {
    const subject = adapterThat(async (_settings, send) => {
      await send('/calls').catch(() => send('/calls'));
      return { callId: 'c-1' };
    });
    expect(await complaintOf('not repeated', subject)).toMatch(/2 requests for one call/);
  });

  it('fails an adapter that takes any answer for a success', async () => {
    const subject = adapterThat(async (_settings, send) => {
      await send('/calls');
      return { callId: 'c-1' };
    });
    expect(await complaintOf('mistakes an HTML page', subject)).toMatch(/ended as a success/);
    expect(await complaintOf("vendor's own words", subject)).toMatch(/ended as a success/);
  });

  it('fails an adapter that throws an error that is no TelephonyError', async () => {
    const subject = adapterThat(() => Promise.reject(new Error('boom')));
    expect(await complaintOf("vendor's own words", subject)).toMatch(/not a TelephonyError/);
  });

  it('fails an adapter that repeats the telephone number in the message of an error', async () => {
    const subject = adapterThat(async (_settings, send) => {
      const response = await send('/calls');
      throw new TelephonyError({
        code: 'refused',
        message: 'cannot call +5541999998888',
        vendor: { status: response.status, message: 'operador em ligacao' },
      });
    });
    expect(await complaintOf("vendor's own words", subject)).toMatch(
      /repeats the telephone number/,
    );
  });

  it('fails an adapter that gives JSON as a recording', async () => {
    const subject = adapterThat(() => Promise.resolve({ callId: null }));
    expect(await complaintOf('gives audio', subject)).toMatch(/does not begin like audio/);
  });

  it('fails an adapter that uses the global fetch', async () => {
    const subject = adapterThat(async (settings) => {
      await fetch(`${settings.baseUrl}/ping`);
      throw new TelephonyError({ code: 'refused', message: 'no' });
    });
    expect(await complaintOf('through the context only', subject)).toMatch(
      /another way than context.fetch/,
    );
  });

  it.each([
    [{ callId: 12 }, /the call id is 12; it is a text, or null/],
    [{ callId: '' }, /the call id is ""; it is a text, or null/],
    [{}, /its click2call returned an invalid result \(callId: is missing\)/],
    [undefined, /its click2call returned an invalid result \(is missing; it must be an object\)/],
    [{ callId: 'c-1', captures: { leg: 5 } }, /captures\.leg: must be text, and is a number/],
  ])('fails an adapter whose click2call gives %j', async (result, complaint) => {
    // What an adapter written without types may return.
    const untyped = v.parse(
      v.custom<Click2CallResult>(() => true),
      result,
    );
    const subject = adapterThat(() => Promise.resolve(untyped));
    expect(await complaintOf('gives its id', subject)).toMatch(complaint);
  });

  it('fails an adapter that repeats the telephone number in the hint of an error', async () => {
    const subject = adapterThat(async (_settings, send) => {
      const response = await send('/calls');
      throw new TelephonyError({
        code: 'refused',
        message: 'refused',
        hint: 'call 999998888 later',
        vendor: { status: response.status, message: 'operador em ligacao' },
      });
    });
    expect(await complaintOf("vendor's own words", subject)).toMatch(
      /the hint of the error repeats the telephone number/,
    );
  });

  it('fails an adapter that goes on after its caller has left', async () => {
    const subject = adapterThat(() => new Promise(() => undefined));
    expect(await complaintOf('nobody waits', subject)).toMatch(/the call went on/);
  });

  it('fails an adapter whose create is async', () => {
    const given = subjectThat(() => Promise.resolve({ callId: null }));
    const promise = v.parse(
      v.custom<Adapter>(() => true),
      Promise.resolve({ features: {} }),
    );
    const subject = erased({
      ...given,
      definition: { ...given.definition, create: () => promise },
    });
    expect(() => subject.make({ baseUrl: 'x', token: 'x' })).toThrow('create() gave a Promise');
  });

  it('fails a click2call that writes into its input', async () => {
    const features = () => ({
      click2call: async ({ parameters }: Click2CallInput) => {
        Object.assign(parameters, { sent: true });
        return { callId: 'c-1' };
      },
    });
    expect(await complaintOfFeatures('places a call', features)).toMatch(/sent.* not extensible/);
  });

  it.each([
    [{ extension: '1001', number: '999998888' }, /dialed 999998888: that is somebody else/],
    [{ extension: '1001', number: '55+5541999998888' }, /that is somebody else, or nobody/],
    [{ extension: '1002', number: '041999998888' }, /rang 1002/],
    [{ extension: '1001', number: '041999998888' }, /^$/],
    [{ extension: '1001', number: '041999998888', callId: '1' }, /^$/],
    [{ extension: '1001', number: '041999998888', callId: '2' }, /as call 2, .* gives the id 1:/],
  ])(
    'fails a click2call that rings somebody else or gives the id of another call, and passes others: %j',
    async (placed, told) => {
      const calls: (typeof placed)[] = [];
      const features = () => ({
        click2call: async () => {
          calls.push(placed);
          return { callId: '1' };
        },
      });
      const vendor = { placedCalls: () => [...calls] };
      expect(
        await complaintOfFeatures('rings the extension and the number', features, { vendor }),
      ).toMatch(told);
    },
  );

  it('fails an adapter that ends a transfer without a call as an internal error', async () => {
    const features = () => ({
      transfer: () =>
        Promise.reject(new TelephonyError({ code: 'internal', message: 'something' })),
    });
    expect(await complaintOfFeatures('where there is no call', features)).toMatch(
      /a transfer without a call: something/,
    );
  });
});

it('the conformance suite passes the call id and the captures of the connected call on to a transfer', async () => {
  const told: unknown[] = [];
  const features = () => ({
    transfer: async ({ callId, call }: { callId: string | null; call?: unknown }) => {
      told.push(callId, call);
      return { status: 'accepted' as const };
    },
  });
  const call = { callId: 'c-7', captures: { leg: 'l-1' } };
  expect(
    await complaintOfFeatures('hands over', features, { vendor: { connectCall: () => call } }),
  ).toBe('');
  expect(told).toEqual(['c-7', call]);
});
