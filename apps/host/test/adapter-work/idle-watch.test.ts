import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createIdleWatch } from '../../src/adapter-work/idle-watch.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const minutes = (count: number) => count * 60_000;
const never = () => new Promise<never>(() => undefined);
const { signal } = new AbortController();
const answered = () => Promise.resolve(new Response('ok'));

it('adapter work that neither ends nor has a request under way is abandoned after five minutes, and can send nothing more', async () => {
  const fetch = vi.fn<typeof answered>(answered);
  const watch = createIdleWatch(fetch, { exchangeMs: 1000, feature: 'click2call', signal });
  const ended = watch.endOf(never()).catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(minutes(5));
  expect(await ended).toMatchObject({
    code: 'internal',
    delivery: 'unknown',
    feature: 'click2call',
  });
  await expect(watch.fetch('https://vendor.example/')).rejects.toMatchObject({ code: 'internal' });
  expect(fetch).not.toHaveBeenCalled();
});

it('adapter work is not abandoned during an exchange, nor during the time that the body of the answer may take', async () => {
  let answer: (response: Response) => void = () => undefined;
  const fetch = () =>
    new Promise<Response>((resolve) => {
      answer = resolve;
    });
  const watch = createIdleWatch(fetch, { exchangeMs: minutes(5), feature: undefined, signal });
  const settled = vi.fn<(error: unknown) => void>();
  const work = watch.endOf(watch.fetch('https://vendor.example/').then(never)).catch(settled);
  await vi.advanceTimersByTimeAsync(minutes(10));
  answer(new Response('ok'));
  await vi.advanceTimersByTimeAsync(minutes(10) - 1);
  expect(settled).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  await work;
  expect(settled).toHaveBeenCalledOnce();
});

it('adapter work that ends keeps its result or error, and leaves no timer behind', async () => {
  const watch = createIdleWatch(answered, { exchangeMs: 1000, feature: 'transfer', signal });
  expect(await watch.endOf(watch.fetch('https://vendor.example/').then(() => 7))).toBe(7);
  await expect(watch.endOf(Promise.reject(new RangeError('x')))).rejects.toThrow(RangeError);
  expect(vi.getTimerCount()).toBe(0);
});

it('adapter work that goes on after its signal aborted is abandoned after five seconds, even with a request under way', async () => {
  const ending = new AbortController();
  const watch = createIdleWatch(never, {
    exchangeMs: minutes(5),
    feature: 'contactLoad',
    signal: ending.signal,
  });
  const settled = vi.fn<(error: unknown) => void>();
  const work = watch.endOf(watch.fetch('https://vendor.example/')).catch(settled);
  await vi.advanceTimersByTimeAsync(minutes(3));
  ending.abort();
  await vi.advanceTimersByTimeAsync(4999);
  expect(settled).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  await work;
  expect(settled.mock.lastCall?.[0]).toMatchObject({ code: 'internal', delivery: 'unknown' });
  await expect(watch.fetch('https://vendor.example/')).rejects.toMatchObject({ code: 'internal' });
  expect(vi.getTimerCount()).toBe(0);
});

it('adapter work that begins after its signal aborted is abandoned after five seconds', async () => {
  const watch = createIdleWatch(answered, {
    exchangeMs: 1000,
    feature: 'contactLoad',
    signal: AbortSignal.abort(),
  });
  const settled = vi.fn<(error: unknown) => void>();
  void watch.endOf(never()).catch(settled);
  await vi.advanceTimersByTimeAsync(5000);
  expect(settled).toHaveBeenCalledOnce();
});
