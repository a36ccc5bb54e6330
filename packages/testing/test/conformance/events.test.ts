import {
  TelephonyError,
  type AdapterContext,
  type AnsweredCall,
  type Features,
} from '@finaz-telephony/core';
import { describe, expect, it } from 'vitest';
import { complaintOfFeatures } from './complaint-of.ts';

describe('the conformance suite', () => {
  it('fails an answeredCall that finds an event in any request, throws on one, misses the event, or gives an invalid one', async () => {
    const event = { number: '41999998888', callId: 'c-1', extension: '1001' };
    const always = () => ({ answeredCall: async () => ({ events: [event] }) });
    expect(await complaintOfFeatures('from a request that contains none', always)).toMatch(
      /ends in 1 events/,
    );
    const careless = () => ({
      answeredCall: async (request: Request) => {
        await request.json();
        return { events: [] };
      },
    });
    expect(await complaintOfFeatures('from a request that contains none', careless)).toMatch(
      /SyntaxError.*, not in/,
    );
    const vendor = {
      answeredEvent: () => new Request('https://host.example/', { method: 'POST' }),
    };
    const deaf = () => ({ answeredCall: async () => ({ events: [] }) });
    expect(await complaintOfFeatures('the event that the vendor sends', deaf, { vendor })).toMatch(
      /read no event/,
    );
    const odd = () => ({
      answeredCall: async () => ({ events: [{ ...event, number: '(41) 99999-8888' }] }),
    });
    expect(await complaintOfFeatures('the event that the vendor sends', odd, { vendor })).toMatch(
      /an event is not valid: number: /,
    );
  });

  it('fails an answeredCall that takes another notification for an answered call, or refuses it', async () => {
    const event = { number: '41999998888', callId: 'c-1', extension: '1001' };
    const vendor = {
      otherEvent: () => new Request('https://host.example/', { method: 'POST', body: '{}' }),
    };
    const toldOf = (answeredCall: Features['answeredCall']) =>
      complaintOfFeatures('a notification of something else', () => ({ answeredCall }), { vendor });
    expect(await toldOf(async () => ({ events: [] }))).toBe('');
    expect(await toldOf(async () => ({ events: [event] }))).toMatch(/ends in 1 events/);
    const refusal = new TelephonyError({ code: 'invalid_input', message: 'unknown' });
    expect(await toldOf(() => Promise.reject(refusal))).toMatch(/ends in invalid_input/);
  });

  it('fails an answeredCall that throws a SyntaxError for a sample that is no event', async () => {
    const careless = () => ({
      async answeredCall(request: Request, context: AdapterContext) {
        if (context.isSample !== true)
          throw new TelephonyError({ code: 'auth_failed', message: 'not signed' });
        await request.json();
        return { events: [] };
      },
    });
    expect(await complaintOfFeatures('from a request that contains none', careless)).toMatch(
      /SyntaxError/,
    );
  });

  it('fails an answeredCall that cannot read one of several events', async () => {
    const unreadable = [{ position: 2, reason: 'callId: is missing' }];
    const event = { number: '41999998888', callId: 'c-1', extension: '1001' };
    const features = () => ({ answeredCall: async () => ({ events: [event], unreadable }) });
    const vendor = {
      answeredEvent: () => new Request('https://host.example/', { method: 'POST' }),
    };
    expect(
      await complaintOfFeatures('the event that the vendor sends', features, { vendor }),
    ).toMatch(/could not read item 2 of .*: callId: is missing/);
  });

  it('fails an answeredCall that loses an event, gives another extension, or takes a wrong signature', async () => {
    const event = { contactId: '7001', number: '41999998888', callId: 'c-1', extension: '1001' };
    const features = () => ({ answeredCall: async () => ({ events: [event] }) });
    const request = () => new Request('https://host.example/', { method: 'POST' });
    const toldOf = (calls: readonly AnsweredCall[]) =>
      complaintOfFeatures('the event that the vendor sends', features, {
        vendor: { answeredEvent: request, answeredCalls: () => calls },
      });
    expect(await toldOf([event])).toBe('');
    expect(await toldOf([event, { ...event, callId: 'c-2' }])).toMatch(/reported .*; contact 7001/);
    expect(await toldOf([{ ...event, extension: '1002' }])).toMatch(
      /reported .* extension 1002, but answeredCall read .* extension 1001;/,
    );
    const vendor = { forgedEvent: request };
    expect(await complaintOfFeatures('whose signature is wrong', features, { vendor })).toBe(
      'an event whose signature is wrong: ended as a success',
    );
  });

  it('fails an answeredCall that takes an event without the header of its signature', async () => {
    const signed = (signature: string) => () =>
      new Request('https://host.example/', { method: 'POST', headers: { 'X-Sign': signature } });
    const vendor = { answeredEvent: signed('right'), forgedEvent: signed('wrong') };
    const event = { number: '41999998888', callId: 'c-1', extension: '1001' };
    const toldOf = (taken: readonly (string | null)[]) =>
      complaintOfFeatures(
        'not signed at all',
        () => ({
          async answeredCall({ headers }: Request) {
            if (taken.includes(headers.get('X-Sign'))) return { events: [event] };
            throw new TelephonyError({ code: 'auth_failed', message: 'not signed' });
          },
        }),
        { vendor },
      );
    expect(await toldOf(['right'])).toBe('');
    expect(await toldOf(['right', null])).toMatch(/without a signature it ends in 1 events/);
  });

  it('fails an answeredCall that takes an event without the signature in its address, and a vendor whose forged event has the right signature', async () => {
    const signed = (signature: string) => () =>
      new Request(`https://host.example/?sign=${signature}`, { method: 'POST', body: '{}' });
    const event = { number: '41999998888', callId: 'c-1', extension: '1001' };
    const toldOf = (taken: readonly (string | null)[], forged = 'wrong') =>
      complaintOfFeatures(
        'not signed at all',
        () => ({
          async answeredCall(request: Request) {
            expect(await request.text()).toBe('{}');
            if (taken.includes(new URL(request.url).searchParams.get('sign')))
              return { events: [event] };
            throw new TelephonyError({ code: 'auth_failed', message: 'not signed' });
          },
        }),
        { vendor: { answeredEvent: signed('right'), forgedEvent: signed(forged) } },
      );
    expect(await toldOf(['right'])).toBe('');
    expect(await toldOf(['right', null])).toMatch(/without a signature it ends in 1 events/);
    expect(await toldOf(['right'], 'right')).toMatch(/differ neither in a header nor/);
  });
});
