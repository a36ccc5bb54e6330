import type { DialerResultsInput } from '../features/dialer-results.ts';
import { nextMidnight } from './time-zone.ts';
import type { TemplateSettings } from './settings-schema.ts';

type Windows = NonNullable<TemplateSettings['dialerResults']>['windows'];
type Period = DialerResultsInput['period'];

const hourMs = 3_600_000;
const lengthWhereNoneIsGiven = 24;

/** The period, or the windows that it is split into: of so many hours each, or cut at midnight. */
export function* windowsOf(
  windows: Windows,
  { from, to }: Period,
  timeZone: string,
): Generator<Period> {
  if (!windows) {
    yield { from, to };
    return;
  }
  const endOf = (start: Date) =>
    windows.days === undefined
      ? new Date(start.getTime() + (windows.hours ?? lengthWhereNoneIsGiven) * hourMs)
      : nextMidnight(start, timeZone, windows.days);
  for (let start = from; start < to;) {
    const end = endOf(start);
    const last = Math.min(end.getTime(), to.getTime());
    yield { from: start, to: new Date(windows.inclusive ? last - 1000 : last) };
    start = end;
  }
}
