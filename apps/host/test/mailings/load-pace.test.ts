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

it('trouble that lasts ends a load, and so do many that come into doubt at once', () => {
  const pace = new LoadPace(concurrency, 0);
  for (let count = 1; count < 20; count += 1) {
    expect(pace.failed(failure, 'again')).toBeUndefined();
    vi.advanceTimersByTime(60_000);
  }
  expect(pace.failed(failure, 'again')).toMatchObject({ reason: { code: 'network' } });
  expect(allFail(new LoadPace(concurrency, 0), 'doubt')).toBe(true);
});
