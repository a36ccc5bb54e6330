import { describe, expect, it } from 'vitest';
import { sharedLogin, TelephonyError, type AdapterContext } from '../src/index.ts';
import { fakeContext } from './support/fake-context.ts';
import { errorOf } from './support/template-documents.ts';

/** Logins that are answered when the test says so. */
function logins() {
  const asked: PromiseWithResolvers<string>[] = [];
  const login = sharedLogin(async ({ signal }) => {
    const answer = Promise.withResolvers<string>();
    asked.push(answer);
    signal.addEventListener('abort', () =>
      answer.reject(new TelephonyError({ code: 'network', message: 'left', delivery: 'unknown' })),
    );
    return { session: { token: await answer.promise }, lifetimeMs: 60_000 };
  });
  return { asked, login };
}

const work = (more: Partial<AdapterContext> = {}): AdapterContext => ({
  ...fakeContext(),
  ...more,
});
const tokenOf = async ({ token }: Readonly<Record<string, string>>) => token;
const lapsed = () => new TelephonyError({ code: 'auth_failed', message: 'log in first' });

describe('a shared login', () => {
  it('is made once for simultaneous and later requests, and its token is concealed in the work of each', async () => {
    const { asked, login } = logins();
    const concealed: string[] = [];
    const conceal = (value: string) => void concealed.push(value);
    const both = [login.run(work({ conceal }), tokenOf), login.run(work({ conceal }), tokenOf)];
    asked[0]?.resolve('t-1');
    expect(await Promise.all(both)).toEqual(['t-1', 't-1']);
    expect(await login.run(work({ conceal }), tokenOf)).toBe('t-1');
    expect(asked).toHaveLength(1);
    expect(concealed).toEqual(['t-1', 't-1', 't-1']);
  });

  it('is started again, once for all waiting requests, if the request that started it is aborted', async () => {
    const { asked, login } = logins();
    const leaving = new AbortController();
    const left = errorOf(login.run(work({ signal: leaving.signal }), tokenOf));
    const waiting = [login.run(work(), tokenOf), login.run(work(), tokenOf)];
    leaving.abort();
    expect(await left).toMatchObject({ code: 'network' });
    asked[1]?.resolve('t-2');
    expect(await Promise.all(waiting)).toEqual(['t-2', 't-2']);
    expect(asked).toHaveLength(2);
  });

  it('that never ends is no longer waited for once its request is aborted, or after two minutes', async () => {
    let count = 0;
    const login = sharedLogin(async () => {
      count += 1;
      if (count < 3) await new Promise(() => undefined);
      return { session: { token: `t-${count}` }, lifetimeMs: 60_000 };
    });
    const at = (ms: number) => ({ now: () => new Date(ms) });
    const leaving = new AbortController();
    void login.run(work({ ...at(0), signal: leaving.signal }), tokenOf);
    leaving.abort();
    void login.run(work(at(0)), tokenOf);
    void login.run(work(at(119_999)), tokenOf);
    expect(count).toBe(2);
    expect(await login.run(work(at(120_000)), tokenOf)).toBe('t-3');
  });

  it('that fails counts as not sent for all waiting requests, and the next request tries it again', async () => {
    const { asked, login } = logins();
    const both = [errorOf(login.run(work(), tokenOf)), errorOf(login.run(work(), tokenOf))];
    asked[0]?.reject(
      new TelephonyError({ code: 'timeout', message: 'no answer', delivery: 'unknown' }),
    );
    const failed = { code: 'timeout', message: 'no answer', delivery: 'not_sent' };
    expect(await Promise.all(both)).toMatchObject([failed, failed]);
    const next = login.run(work(), tokenOf);
    asked[1]?.resolve('t-2');
    expect(await next).toBe('t-2');
  });

  it('is repeated when its lifetime is over, and not before', async () => {
    const { asked, login } = logins();
    const first = login.run(work({ now: () => new Date(0) }), tokenOf);
    asked[0]?.resolve('t-1');
    await first;
    expect(await login.run(work({ now: () => new Date(59_999) }), tokenOf)).toBe('t-1');
    const late = login.run(work({ now: () => new Date(60_000) }), tokenOf);
    asked[1]?.resolve('t-2');
    expect(await late).toBe('t-2');
  });

  it('that has expired is repeated once for two simultaneous requests', async () => {
    const { asked, login } = logins();
    const request = async ({ token = '' }: Readonly<Record<string, string>>) => {
      if (token === 't-1') throw lapsed();
      return token;
    };
    const both = [login.run(work(), request), login.run(work(), request)];
    asked[0]?.resolve('t-1');
    await expect.poll(() => asked.length).toBe(2);
    asked[1]?.resolve('t-2');
    expect(await Promise.all(both)).toEqual(['t-2', 't-2']);
    expect(asked).toHaveLength(2);
  });

  it('is not repeated a second time if the new session is refused, too', async () => {
    let count = 0;
    const login = sharedLogin(async () => ({
      session: { token: `t-${(count += 1)}` },
      lifetimeMs: 60_000,
    }));
    const error = await errorOf(login.run(work(), () => Promise.reject(lapsed())));
    expect(error).toMatchObject({ code: 'auth_failed' });
    expect(count).toBe(2);
  });

  it('of a preview is not used by real requests', async () => {
    const login = sharedLogin(async ({ isPreview }) => ({
      session: { token: isPreview ? 'shown' : 'real' },
      lifetimeMs: 60_000,
    }));
    expect(await login.run(work({ isPreview: true }), tokenOf)).toBe('shown');
    expect(await login.run(work(), tokenOf)).toBe('real');
  });

  it('is replaced by the stand-in in a preview, unless its error says why it could not be sent at all', async () => {
    const preview = work({ isPreview: true });
    const ended = (reason: Error) => sharedLogin(() => Promise.reject(reason), { token: 'shown' });
    expect(await ended(new Error('shown alone')).run(preview, tokenOf)).toBe('shown');
    const blocked = new TelephonyError({ code: 'address_blocked', message: 'not there' });
    expect(await errorOf(ended(blocked).run(preview, tokenOf))).toBe(blocked);
    await expect(ended(new Error('broken')).run(work(), tokenOf)).rejects.toThrow('broken');
  });
});
