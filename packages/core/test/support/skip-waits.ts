import { onTestFinished, vi } from 'vitest';

/** For the rest of a test, the clock moves only while everything waits, straight to the next timer: pauses take no time. */
export function skipWaits(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
  vi.setTimerTickMode('nextTimerAsync');
}
