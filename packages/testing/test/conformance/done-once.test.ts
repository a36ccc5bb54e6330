import {
  afterAccepting,
  meaningOfStatus,
  TelephonyError,
  type AdapterContext,
  type Click2CallInput,
  type TransferInput,
} from '@finaz-telephony/core';
import { describe, expect, it } from 'vitest';
import { complaintOfFeatures, type Send } from './complaint-of.ts';

describe('the conformance suite', () => {
  const accepted = { status: 'accepted' } as const;

  it.each([
    [
      'click2call',
      (ask: (context: AdapterContext, path: string) => Promise<unknown>) => ({
        click2call: (_: Click2CallInput, context: AdapterContext) =>
          ask(context, '/calls').then(() => ({ callId: null })),
      }),
    ],
    [
      'transfer',
      (ask: (context: AdapterContext, path: string) => Promise<unknown>) => ({
        transfer: (_: TransferInput, context: AdapterContext) =>
          ask(context, '/extensions/1001/transfer').then(() => accepted),
      }),
    ],
  ])('fails a %s that is sent again after its answer was lost', async (name, featuresOf) => {
    const asked = `${name} repeats no request`;
    const again = (send: Send) =>
      featuresOf((context, path) => send(context, path).catch(() => send(context, path)));
    expect(await complaintOfFeatures(asked, again)).toMatch(
      /a POST that got no answer was sent again/,
    );
    expect(await complaintOfFeatures(asked, featuresOf)).toBe('');
  });

  it('fails a click2call that succeeds although no request for the call was sent', async () => {
    const told = await complaintOfFeatures(
      'click2call does not succeed',
      (send) => ({
        click2call: (_, context) => send(context, '/calls').then(() => ({ callId: null })),
      }),
      { vendor: { callRequestCount: () => 0 } },
    );
    expect(told).toMatch(/request 1 was answered with status 500, no request that does it/);
  });

  it('fails a click2call that counts as failed after the status of a gateway, which may have lost the answer', async () => {
    const asked = 'click2call is in doubt';
    const placing = (told: (status: number) => object) => (send: Send) => ({
      async click2call(_: Click2CallInput, context: AdapterContext) {
        const { status } = await send(context, '/calls');
        const failure = { code: 'unavailable', message: 'not now', ...told(status) } as const;
        if (status >= 500) throw new TelephonyError(failure);
        return { callId: null };
      },
    });
    const byHand = (status: number) =>
      status === 502 || status === 504 ? { code: 'timeout' } : {};
    for (const wrong of [() => ({}), byHand])
      expect(await complaintOfFeatures(asked, placing(wrong))).toMatch(
        /status 524, and delivery is answered/,
      );
    const right = () => ({ code: 'timeout' });
    expect(await complaintOfFeatures(asked, placing(right))).toBe('');
  });

  it('fails a click2call that counts as failed after an HTML page came in place of the answer', async () => {
    const placing = (delivery: 'answered' | 'unknown') => (send: Send) => ({
      async click2call(_: Click2CallInput, context: AdapterContext) {
        const response = await send(context, '/calls');
        const failed = meaningOfStatus(response);
        if (failed) throw new TelephonyError({ ...failed, message: 'not placed' });
        if (!(await response.text()).endsWith('}'))
          throw new TelephonyError({ code: 'unreadable_response', message: 'a page', delivery });
        return { callId: null };
      },
    });
    const asked = 'click2call is in doubt';
    expect(await complaintOfFeatures(asked, placing('answered'))).toMatch(
      /an HTML page with status 200 came .* delivery is answered/,
    );
    expect(await complaintOfFeatures(asked, placing('unknown'))).toBe('');
  });

  it.each([503, 429])('fails a click2call that is sent again after status %i', async (status) => {
    const insisting = (send: Send) => ({
      async click2call(_: Click2CallInput, context: AdapterContext) {
        const first = await send(context, '/calls');
        const response = first.status === status ? await send(context, '/calls') : first;
        const failed = meaningOfStatus(response);
        if (failed) throw new TelephonyError({ ...failed, message: 'not placed' });
        return { callId: null };
      },
    });
    expect(await complaintOfFeatures('click2call is in doubt', insisting)).toMatch(
      new RegExp(`has status ${status}, and the vendor was asked for it 2 times`),
    );
  });

  it.each([429, 503])(
    'fails a click2call that counts as failed because a look at the accepted call has status %i',
    async (status) => {
      let placed = 0;
      const polled =
        (told: (error: unknown) => unknown = (error) => error) =>
        (send: Send) => ({
          async click2call(_: Click2CallInput, context: AdapterContext) {
            placed += 1;
            await send(context, '/queues/7/start');
            const looked = await send(context, '/ping');
            const failed = looked.status === status && meaningOfStatus(looked);
            if (failed) throw told(new TelephonyError({ ...failed, message: 'not known' }));
            return { callId: null };
          },
        });
      const vendor = { callRequestCount: () => placed };
      const asked = 'click2call is in doubt where it was accepted';
      expect(await complaintOfFeatures(asked, polled(), { vendor })).toMatch(
        new RegExp(`had status ${status}, and delivery is answered; it would be done a second`),
      );
      expect(await complaintOfFeatures(asked, polled(afterAccepting), { vendor })).toBe('');
    },
  );

  it('passes a click2call that has to log in first and gets status 429 for the login', async () => {
    let asked = 0;
    const challenged = (send: Send) => ({
      async click2call(_: Click2CallInput, context: AdapterContext) {
        asked += 1;
        if ((await send(context, '/nowhere')).ok) throw new Error('it was accepted');
        const failed = meaningOfStatus(await send(context, '/ping'));
        if (failed) throw new TelephonyError({ ...failed, message: 'no login' });
        return { callId: null };
      },
    });
    const vendor = { callRequestCount: () => asked };
    expect(
      await complaintOfFeatures('click2call is in doubt where it was accepted', challenged, {
        vendor,
      }),
    ).toBe('');
  });

  it('fails a transfer of another call, to another destination, or of no call', async () => {
    const toldOf = (transferred: readonly { extension: string; destination: string }[]) =>
      complaintOfFeatures(
        'to the destination that it was given',
        () => ({ transfer: async () => accepted }),
        { vendor: { transferredCalls: () => transferred } },
      );
    const right = { extension: '1001', destination: '4133330000' };
    expect(await toldOf([right])).toBe('');
    expect(await toldOf([{ ...right, destination: '1001' }])).toMatch(/the call of 1001 to 1001:/);
    expect(await toldOf([{ ...right, extension: '1002' }])).toMatch(
      /the call of 1002 to 4133330000:/,
    );
    expect(await toldOf([])).toMatch(/handed over none/);
  });

  it('fails a click2call that places the call again because a later request has to log in', async () => {
    let count = 0;
    const twice =
      (again: (placed: () => Promise<Response>) => Promise<unknown>) => (send: Send) => ({
        async click2call(_: Click2CallInput, context: AdapterContext) {
          const place = () => {
            count += 1;
            return send(context, '/calls');
          };
          await place();
          const looked = await send(context, '/calls/1');
          if (looked.status === 401) await again(place);
          return { callId: null };
        },
      });
    const asked = 'click2call is asked for once, whichever';
    const vendor = { callRequestCount: () => count };
    expect(
      await complaintOfFeatures(
        asked,
        twice((place) => place()),
        { vendor },
      ),
    ).toMatch(/request 2 was told to log in first .* asked for it 2 times/);
    expect(
      await complaintOfFeatures(
        asked,
        twice(() => Promise.resolve()),
        { vendor },
      ),
    ).toBe('');
  });

  it('fails a click2call of two requests that reports not_sent after the first one has left', async () => {
    let sent = 0;
    const features = (send: Send) => ({
      click2call: async (_: unknown, context: AdapterContext) => {
        await send(context, '/ping');
        sent += 1;
        await send(context, '/ping');
        return { callId: 'c-1' };
      },
    });
    const vendor = { callRequestCount: () => sent };
    expect(
      await complaintOfFeatures('never says that nothing was sent', features, { vendor }),
    ).toMatch(/pass it through afterSending/);
  });

  it('fails a click2call that ends while its request is under way', async () => {
    const told = await complaintOfFeatures('click2call leaves no request under way', (send) => ({
      click2call: async (_, context) => {
        void send(context, '/calls').catch(() => undefined);
        return { callId: null };
      },
    }));
    expect(told).toMatch(/it ended while a request was under way/);
  });

  it('fails a click2call that goes on after its first request although its caller has left', async () => {
    const told = await complaintOfFeatures(
      'click2call ends as soon as nobody waits any more, between',
      (send) => ({
        click2call: (_, context) =>
          send(context, '/calls').then(() => new Promise<never>(() => undefined)),
      }),
    );
    expect(told).toMatch(/nobody waited any more after request 1, and it went on/);
  });

  it('fails a click2call that sends nothing in a preview, or hides the error that ended the preview', async () => {
    const preview = 'click2call shows its request in a preview';
    const nothing = () => ({ click2call: async () => ({ callId: null }) });
    expect(await complaintOfFeatures(preview, nothing)).toMatch(/it asked for nothing/);
    const hidden = (send: Send) => ({
      click2call: (_: Click2CallInput, context: AdapterContext) =>
        send(context, '/calls').then(
          () => ({ callId: null }),
          () => Promise.reject(new Error('failed')),
        ),
    });
    expect(await complaintOfFeatures(preview, hidden)).toMatch(
      /did not end with what context.fetch threw/,
    );
  });

  it('fails a transfer that reports the delivery "answered" if no answer came', async () => {
    let count = 0;
    const features = () => ({
      transfer: () => {
        count += 1;
        return Promise.reject(new TelephonyError({ code: 'unavailable', message: 'x' }));
      },
    });
    const vendor = { transferRequestCount: () => count };
    expect(await complaintOfFeatures('transfer is not repeated', features, { vendor })).toMatch(
      /delivery is answered; whether it happened is unknown/,
    );
  });
});
