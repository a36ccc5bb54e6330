import {
  meaningOfStatus,
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

describe('the conformance suite', () => {
  it('fails an adapter whose credentials are not marked as secrets', async () => {
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
  ] as const)(
    'fails an adapter that reports status %s as a bare %s',
    async (status, code, told) => {
      const features = (send: Send) => ({
        click2call: async (_: Click2CallInput, context: AdapterContext) => {
          await send(context, '/calls');
          throw new TelephonyError({ code, message: 'no' });
        },
      });
      expect(await complaintOfFeatures(`reports status ${status}`, features)).toMatch(told);
    },
  );

  /** The words of a refusal stand for the token of a login: like a token, they come in an answer. */
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
  ])(
    'fails a login whose token may reach a log, and passes others: answer withheld %s, token concealed %s',
    async (held, hidden, told) => {
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
    },
  );

  const wrongCredentials = 'does nothing with credentials that are wrong';
  const placedBy = (place: (context: AdapterContext) => Promise<Response>) => ({
    async click2call(_: Click2CallInput, context: AdapterContext) {
      const failed = meaningOfStatus(await place(context));
      if (failed) throw new TelephonyError({ ...failed, message: 'not placed' });
      return { callId: null };
    },
  });

  it('passes a click2call that the vendor refuses for its wrong credentials', async () => {
    const features = (send: Send) => placedBy((context) => send(context, '/calls'));
    expect(await complaintOfFeatures(wrongCredentials, features)).toBe('');
  });

  it('fails a click2call that succeeds although the vendor refuses its wrong credentials', async () => {
    const features = (send: Send) => ({
      click2call: async (_: Click2CallInput, context: AdapterContext) => {
        await send(context, '/calls');
        return { callId: '1' };
      },
    });
    expect(await complaintOfFeatures(wrongCredentials, features)).toMatch(
      /a variable inside create\): ended as a success/,
    );
  });

  it('fails a click2call that is placed with the right credentials of an earlier connection', async () => {
    let first: Send | undefined;
    const features = (send: Send) => {
      first ??= send;
      const kept = first;
      return placedBy((context) => kept(context, '/calls'));
    };
    expect(await complaintOfFeatures(wrongCredentials, features)).toMatch(
      /ends in refused, not in auth_failed: either the credentials of another connection were used/,
    );
  });

  it('fails a click2call that is requested twice with wrong credentials', async () => {
    const features = (send: Send) =>
      placedBy(async (context) => {
        await send(context, '/calls');
        return send(context, '/calls');
      });
    expect(await complaintOfFeatures(wrongCredentials, features)).toBe(
      'a call with wrong credentials was requested more than once',
    );
  });

  it('fails an adapter that does not log in again after its login has ended', async () => {
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

  it('fails a checkCredentials that relies on an earlier login, or sends no request', async () => {
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
    // Without a login, each request carries the credentials.
    expect(await toldOf(ping)).toBe('');
    const complaint = /relies on the login of the first; a password/;
    expect(await toldOf((context) => known.run(context, async () => undefined))).toMatch(complaint);
    expect(await toldOf((context) => pinged.run(context, () => ping(context)))).toMatch(complaint);
    expect(await toldOf(async () => undefined)).toMatch(/sends no request, .* leave checkCreden/);
  });
});
