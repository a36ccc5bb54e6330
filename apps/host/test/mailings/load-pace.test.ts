import { TelephonyError } from '@finaz-telephony/core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Verdict } from '../../src/mailings/load/judge-failure.ts';
import { LoadPace } from '../../src/mailings/load/load-pace.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());

const concurrency = 32;
const failure = new TelephonyError({ code: 'network', message: 'A gateway has no answer.' });

/** All contacts under way fail at the same moment. @returns whether that ends the load */
const allFail = (pace: LoadPace, verdict: Exclude<Verdict, 'stop'>) =>
  Array.from({ length: concurrency }, () => pace.failed(failure, verdict)).some(
    (stop) => stop !== undefined,
  );

it('contacts that fail at the same moment count as one failure if they may be sent again', () => {
  const pace = new LoadPace(concurrency, 0);
  expect(allFail(pace, 'again')).toBe(false);
  expect(pace.atOnce).toBe(1);
  vi.advanceTimersByTime(1000);
  expect(pace.isHeld).toBe(false);
});

it('trouble that passes each time never ends a load', () => {
  const pace = new LoadPace(concurrency, 0);
  for (let times = 0; times < 50; times += 1) {
    expect(pace.failed(failure, 'again')).toBeUndefined();
    vi.advanceTimersByTime(60_000);
    pace.worked();
    expect(pace.atOnce).toBe(concurrency);
  }
});

it('refused contacts never end a load, but twenty errors of the vendor in a row do', () => {
  const error = (code: 'refused' | 'unavailable') => new TelephonyError({ code, message: 'No.' });
  const pace = new LoadPace(concurrency, 0);
  for (let count = 0; count < 50; count += 1)
    expect(pace.failed(error('refused'), 'contact')).toBeUndefined();
  expect(pace.atOnce).toBe(concurrency);
  const ends = Array.from({ length: 20 }, () => pace.failed(error('unavailable'), 'contact'));
  expect(ends.map((end) => end?.reason.code)).toEqual([
    ...Array.from({ length: 19 }, () => undefined),
    'unavailable',
  ]);
});

it('a load waits as long as a rate limit of the vendor demands, and never ends because of it', () => {
  const limited = (retryAfterMs: number) =>
    new TelephonyError({ code: 'rate_limited', message: 'Slower.', retryAfterMs });
  const pace = new LoadPace(concurrency, 0);
  for (let times = 0; times < 50; times += 1) {
    expect(pace.failed(limited(4000), 'again')).toBeUndefined();
    // A contact that left before, and is answered without a time to wait.
    expect(pace.failed(limited(0), 'again')).toBeUndefined();
    vi.advanceTimersByTime(3999);
    expect(pace.isHeld).toBe(true);
    vi.advanceTimersByTime(1);
    expect(pace.isHeld).toBe(false);
  }
});

it('a load does not send the next contact right after one that is in doubt', () => {
  const pace = new LoadPace(concurrency, 0);
  pace.failed(failure, 'doubt');
  expect(pace.isHeld).toBe(true);
});

it('trouble that lasts ends a load, and so do many contacts in doubt at once', () => {
  const pace = new LoadPace(concurrency, 0);
  for (let count = 1; count < 20; count += 1) {
    expect(pace.failed(failure, 'again')).toBeUndefined();
    vi.advanceTimersByTime(60_000);
  }
  expect(pace.failed(failure, 'again')).toMatchObject({ reason: { code: 'network' } });
  expect(allFail(new LoadPace(concurrency, 0), 'doubt')).toBe(true);
});
