import {
  defineAdapter,
  TelephonyError,
  type Adapter,
  type Click2CallResult,
} from '@finaz-telephony/core';
import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { conformanceChecks, erased, startConformanceVendor } from '../src/conformance/index.ts';

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

async function complaintOf(
  checkName: string,
  subject: ReturnType<typeof adapterThat>,
): Promise<string> {
  const check = conformanceChecks.find(({ name }) => name.includes(checkName));
  if (!check) throw new Error(`there is no check "${checkName}"`);
  const vendor = await subject.startVendor();
  try {
    await check.run(subject, vendor);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await vendor.close();
  }
}

describe('the conformance suite fails', () => {
  it('an adapter that sends a call again when no answer comes', async () => {
    const subject = adapterThat(async (_settings, send) => {
      await send('/calls').catch(() => send('/calls'));
      return { callId: 'c-1' };
    });
    expect(await complaintOf('not repeated', subject)).toMatch(/2 requests for one call/);
  });

  it('an adapter that takes any answer for a success', async () => {
    const subject = adapterThat(async (_settings, send) => {
      await send('/calls');
      return { callId: 'c-1' };
    });
    expect(await complaintOf('takes a page', subject)).toMatch(/ended as a success/);
    expect(await complaintOf("vendor's own words", subject)).toMatch(/ended as a success/);
  });

  it('an adapter that throws errors of its own', async () => {
    const subject = adapterThat(() => Promise.reject(new Error('boom')));
    expect(await complaintOf("vendor's own words", subject)).toMatch(/no TelephonyError/);
  });

  it('an adapter that repeats the number in its errors', async () => {
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

  it('an adapter that passes JSON off as audio', async () => {
    const subject = adapterThat(() => Promise.resolve({ callId: null }));
    expect(await complaintOf('gives audio', subject)).toMatch(/does not begin like audio/);
  });

  it('an adapter that goes out by the global fetch', async () => {
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
    [{}, /its click2call gave is not a valid result \(callId: is missing\)/],
    [undefined, /its click2call gave is not a valid result \(is missing; it must be an object\)/],
    [{ callId: 'c-1', captures: { leg: 5 } }, /captures\.leg: must be text, and is a number/],
  ])('an adapter whose call gives %j', async (result, complaint) => {
    // As somebody writes it without types.
    const untyped = v.parse(
      v.custom<Click2CallResult>(() => true),
      result,
    );
    const subject = adapterThat(() => Promise.resolve(untyped));
    expect(await complaintOf('gives its id', subject)).toMatch(complaint);
  });

  it('an adapter that repeats the number in a hint', async () => {
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

  it('an adapter that goes on when nobody waits any more', async () => {
    const subject = adapterThat(() => new Promise(() => undefined));
    expect(await complaintOf('nobody waits', subject)).toMatch(/the call went on/);
  });

  it('a create that is async, before anything else', () => {
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
});
