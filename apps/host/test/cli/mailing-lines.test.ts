import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { barLine, errorLines, mailingLines, span } from '../../src/cli/mailing-lines.ts';
import { createPace, fitting } from '../../src/cli/watch-mailing.ts';
import type { ShownMailing } from '../../src/mailings/show-mailing.ts';

const mailing: ShownMailing = {
  mailingId: 'm',
  queue: '7',
  state: 'loading',
  step: 'send',
  total: 100_000,
  pending: 56_000,
  sending: 32,
  sent: 43_964,
  failed: 3,
  inDoubt: 1,
  rejected: 2,
  taken: null,
  missing: 0,
  perSecond: 900,
  secondsLeft: 63,
  error: null,
  heldUntil: null,
  createdAt: '2026-11-25T12:00:00.000Z',
  updatedAt: '2026-11-25T12:00:50.000Z',
  activatedAt: null,
  replacedAt: null,
  finishedAt: null,
};

describe('the progress lines of a mailing', () => {
  it('show a bar, counts, rate, time left, failed contacts, contacts in doubt, and the step', () => {
    const line = barLine(mailing, { perSecond: 1234.4, secondsLeft: 45.4 });
    expect(stripVTControlCharacters(line)).toBe(
      '██████████░░░░░░░░░░░░░░ 43%  43,968 of 100,000  1,234/s  46 s left  3 failed  1 in doubt  loading: send',
    );
  });

  it('are cut to the width of the terminal, because a wrapped line could not be overwritten', () => {
    const line = barLine(mailing, { perSecond: 1234.4, secondsLeft: 45.4 });
    expect(fitting(line, 200)).toBe(line);
    expect(fitting(line, 0)).toBe(line);
    expect(fitting(line, 40)).toBe('██████████░░░░░░░░░░░░░░ 43%  43,968 of');
  });

  it('show 100% only when every contact is settled', () => {
    const last = { ...mailing, sent: 99_995, pending: 0, sending: 1 };
    expect(barLine(last, { perSecond: undefined, secondsLeft: undefined })).toContain('99%');
    const none = { ...mailing, total: 0, sent: 0, failed: 0, inDoubt: 0 };
    expect(barLine(none, { perSecond: undefined, secondsLeft: undefined })).toContain('100%');
  });

  it('show rate and time left as of the last seconds, and no time left while the load is paused', () => {
    let now = 0;
    const paceOf = createPace(() => now);
    expect(paceOf(mailing)).toEqual({ perSecond: 900, secondsLeft: 63 });
    now = 20_000;
    paceOf({ ...mailing, sent: 60_000 });
    now = 22_000;
    const pace = paceOf({ ...mailing, sent: 64_000 });
    expect(pace.perSecond).toBe(2000);
    expect(pace.secondsLeft).toBeCloseTo((100_000 - 64_004) / 2000);
    expect(paceOf({ ...mailing, state: 'paused' }).secondsLeft).toBeUndefined();
  });

  it.each([
    [0.2, '1 s'],
    [59.5, '1 min 0 s'],
    [200, '3 min 20 s'],
    [3900, '1 h 5 min'],
  ])('write %d seconds as %s', (seconds, text) => {
    expect(span(seconds)).toBe(text);
  });

  it.each([
    [1, 'rejected  1 row, which was not taken in'],
    [1200, 'rejected  1,200 rows, which were not taken in'],
  ])('say how many rows were not taken in: %d', (rejected, line) => {
    expect(mailingLines({ ...mailing, rejected })).toContain(line);
  });

  it('say what holds the mailing, and until when', () => {
    expect(
      errorLines({
        ...mailing,
        error: { code: 'calling_hours', message: 'Outside the hours.', hint: 'Wait.' },
        heldUntil: '2026-11-26T11:00:00.000Z',
      }),
    ).toEqual([
      'Outside the hours. (calling_hours)',
      'Wait.',
      'goes on at 2026-11-26T11:00:00.000Z',
    ]);
  });
});
