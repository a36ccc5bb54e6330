import {
  secret,
  sharedLogin,
  TelephonyError,
  type AdapterContext,
  type Click2CallInput,
} from '@finaz-telephony/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as v from 'valibot';
import { startVendorServer } from '../../src/index.ts';
import { complaintOfFeatures, type Send } from './complaint-of.ts';

const none = () => ({});

describe('the conformance suite fails', () => {
  it('an adapter whose credential is no secret', async () => {
    const told = await complaintOfFeatures('marks its credentials', none, { token: v.string() });
    expect(told).toMatch(/^settings.token decides .* use secret\(\)/);
    expect(await complaintOfFeatures('marks its credentials', none)).toBe('');
    const token = v.pipe(secret(), v.minLength(3));
    expect(await complaintOfFeatures('marks its credentials', none, { token })).toBe('');
  });

  it.each([
    ['401', 'refused', /ends in refused, not in auth_failed/],
    ['429', 'refused', /the contacts of a load would count as refused/],
    ['429', 'rate_limited', /retryAfterMs is not there/],
  ] as const)('an adapter that takes %s for %s', async (status, code, told) => {
    const features = (send: Send) => ({
      click2call: async (_: Click2CallInput, context: AdapterContext) => {
        await send(context, '/calls');
        throw new TelephonyError({ code, message: 'no' });
      },
    });
    expect(await complaintOfFeatures(`reports status ${status}`, features)).toMatch(told);
  });

  /** The words of a refusal stand for a token: an answer has brought them. */
  const withToken = (vendorUrl: string, isWithheld: boolean, isConcealed: boolean) => () => ({
    click2call: async (_: Click2CallInput, context: AdapterContext) => {
      const answer = await context.fetch(`${vendorUrl}/calls`, { withholdAnswer: isWithheld });
      const { error } = v.parse(RefusalSchema, await answer.json());
      if (isConcealed) context.conceal?.(error.message);
      await context.fetch(`${vendorUrl}/ping`, {
        headers: { Authorization: `Bearer ${error.message}` },
      });
      return { callId: null };
    },
  });
  const RefusalSchema = v.object({ error: v.object({ message: v.string() }) });

  it.each([
    [false, true, /request with withholdAnswer: true/],
    [true, false, /has not concealed it/],
    [true, true, /^$/],
  ])('a token that is written down: withheld %s, concealed %s', async (held, hidden, told) => {
    const server = await startVendorServer();
    try {
      expect(
        await complaintOfFeatures(
          'what a login gives out of logs',
          withToken(server.url, held, hidden),
        ),
      ).toMatch(told);
    } finally {
      await server.close();
    }
  });

  it('a call that is placed with wrong credentials', async () => {
    const features = () => ({ click2call: async () => ({ callId: '1' }) });
    expect(await complaintOfFeatures('does nothing with credentials', features)).toMatch(
      /a variable inside create\): ended as a success/,
    );
  });

  it('an adapter that never logs in again', async () => {
    let isOver = false;
    const features = () => ({
      recording: async () => {
        if (isOver) throw new TelephonyError({ code: 'auth_failed', message: 'lapsed' });
        return new Response('RIFF');
      },
    });
    const endLogins = () => {
      isOver = true;
    };
    const told = await complaintOfFeatures('logs in again', features, { vendor: { endLogins } });
    expect(told).toBe('lapsed');
  });

  it('a check of the credentials that is answered from a known login', async () => {
    const server = await startVendorServer();
    onTestFinished(server.close);
    const login = () =>
      sharedLogin(
        async (context) => {
          await context.fetch(`${server.url}/ping`, { withholdAnswer: true });
          return { session: { token: 'token' }, lifetimeMs: 60_000 };
        },
        { token: 'token' },
      );
    const ping = (context: AdapterContext) => context.fetch(`${server.url}/ping`);
    const toldOf = (check: (context: AdapterContext) => Promise<unknown>) =>
      complaintOfFeatures('checkCredentials asks the vendor', none, {
        beside: { checkCredentials: async (context) => void (await check(context)) },
      });
    const [anew, known, pinged] = [login(), login(), login()];
    expect(await toldOf((context) => anew.enterAnew(context))).toBe('');
    // Where there is no login, each request brings the credentials.
    expect(await toldOf(ping)).toBe('');
    const complaint = /relies on the login of the first; a password/;
    expect(await toldOf((context) => known.run(context, async () => undefined))).toMatch(complaint);
    expect(await toldOf((context) => pinged.run(context, () => ping(context)))).toMatch(complaint);
    expect(await toldOf(async () => undefined)).toMatch(/sends no request, .* leave checkCreden/);
  });
});
