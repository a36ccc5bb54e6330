import type { DialerResultsInput } from '../../features/dialer-results.ts';
import { nextMidnight } from '../language/time-zone.ts';
import type { TemplateSettings } from '../settings-schema.ts';

type Windows = NonNullable<TemplateSettings['dialerResults']>['windows'];
type Period = DialerResultsInput['period'];

const secondMs = 1000;
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
  // Windows meet at a whole second: otherwise an inclusive end, written without its fraction, would be the second at which the next window starts.
  const afterHours = (start: Date, hours: number) =>
    new Date(Math.floor((start.getTime() + hours * hourMs) / secondMs) * secondMs);
  const endOf = (start: Date) =>
    windows.days === undefined
      ? afterHours(start, windows.hours ?? lengthWhereNoneIsGiven)
      : nextMidnight(start, timeZone, windows.days);
  for (let start = from; start < to;) {
    const end = endOf(start);
    const last = Math.min(end.getTime(), to.getTime());
    yield { from: start, to: new Date(windows.inclusive ? last - 1 : last) };
    start = end;
  }
}
