import { TelephonyError } from '@finaz-telephony/core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Verdict } from '../../src/mailings/load/judge-failure.ts';
import { LoadPace } from '../../src/mailings/load/load-pace.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => vi.useRealTimers());

const concurrency = 32;
const failure = new TelephonyError({ code: 'network', message: 'A gateway has no answer.' });

/** Those that were under way together fail at once. @returns whether that ends the load */
const allFail = (pace: LoadPace, verdict: Exclude<Verdict, 'stop'>) =>
  Array.from({ length: concurrency }, () => pace.failed(failure, verdict)).some(
    (stop) => stop !== undefined,
  );

it('a moment of trouble counts once, however many contacts it met that may be sent again', () => {
  const pace = new LoadPace(concurrency, 0);
  expect(allFail(pace, 'again')).toBe(false);
  expect(pace.atOnce).toBe(1);
  vi.advanceTimersByTime(1000);
  expect(pace.isHeld).toBe(false);
});

it('trouble that passes each time ends no load, however often it comes', () => {
  const pace = new LoadPace(concurrency, 0);
  for (let times = 0; times < 50; times += 1) {
    expect(pace.failed(failure, 'again')).toBeUndefined();
    vi.advanceTimersByTime(60_000);
    pace.worked();
    expect(pace.atOnce).toBe(concurrency);
  }
});

it('contacts that are refused for what they are end no load, and those that nothing is able to take do', () => {
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

it('a telephone system that wants fewer requests is asked no sooner than it says, and ends no load however long it does', () => {
  const limited = (retryAfterMs: number) =>
    new TelephonyError({ code: 'rate_limited', message: 'Slower.', retryAfterMs });
  const pace = new LoadPace(concurrency, 0);
  for (let times = 0; times < 50; times += 1) {
    expect(pace.failed(limited(4000), 'again')).toBeUndefined();
    // One that left before it, and hears of no such time.
    expect(pace.failed(limited(0), 'again')).toBeUndefined();
    vi.advanceTimersByTime(3999);
    expect(pace.isHeld).toBe(true);
    vi.advanceTimersByTime(1);
    expect(pace.isHeld).toBe(false);
  }
});

it('whatever comes into doubt has no other contact follow it at once', () => {
  const pace = new LoadPace(concurrency, 0);
  pace.failed(failure, 'doubt');
  expect(pace.isHeld).toBe(true);
});

it('trouble that lasts ends a load, and so do many that come into doubt at once', () => {
  const pace = new LoadPace(concurrency, 0);
  for (let count = 1; count < 20; count += 1) {
    expect(pace.failed(failure, 'again')).toBeUndefined();
    vi.advanceTimersByTime(60_000);
  }
  expect(pace.failed(failure, 'again')).toMatchObject({ reason: { code: 'network' } });
  expect(allFail(new LoadPace(concurrency, 0), 'doubt')).toBe(true);
});
