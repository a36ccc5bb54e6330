import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  opensAt,
  parseDayHours,
  startOfDay,
  type CallingHours,
} from '../../src/rules/calling-hours.ts';

const hours: CallingHours = {
  weekdays: parseDayHours('08:00-20:00'),
  saturday: parseDayHours('08:00-14:00'),
  sunday: undefined,
  holidays: new Set(['2026-12-25']),
};
const opens = (areaCodes: string[], at: string) => {
  const moment = opensAt(hours, areaCodes, Date.parse(at));
  return moment === undefined ? undefined : new Date(moment).toISOString();
};

describe('calling hours', () => {
  it.each([
    ['inside, it is at once', ['11'], '2026-11-25T12:00:00-03:00', '2026-11-25T15:00:00.000Z'],
    ['before, it is at eight', ['11'], '2026-11-25T07:59:00-03:00', '2026-11-25T11:00:00.000Z'],
    ['the end is outside', ['11'], '2026-11-25T20:00:00-03:00', '2026-11-26T11:00:00.000Z'],
    ['a Saturday ends earlier', ['11'], '2026-11-28T14:00:00-03:00', '2026-11-30T11:00:00.000Z'],
    ['a Sunday is closed', ['11'], '2026-11-29T12:00:00-03:00', '2026-11-30T11:00:00.000Z'],
    ['a holiday is closed', ['11'], '2026-12-25T12:00:00-03:00', '2026-12-26T11:00:00.000Z'],
    [
      'Acre opens two hours after São Paulo',
      ['68'],
      '2026-11-25T08:30:00-03:00',
      '2026-11-25T13:00:00.000Z',
    ],
    [
      'both zones of 97 must be inside',
      ['97'],
      '2026-11-25T09:30:00-03:00',
      '2026-11-25T13:00:00.000Z',
    ],
    [
      '81 ends an hour earlier, for the island',
      ['81'],
      '2026-11-25T19:30:00-03:00',
      '2026-11-26T11:00:00.000Z',
    ],
    [
      'all zones of a mailing must be inside',
      ['11', '68'],
      '2026-11-25T21:00:00-03:00',
      '2026-11-26T13:00:00.000Z',
    ],
    ['no number, no wait', [], '2026-11-29T12:00:00-03:00', '2026-11-29T15:00:00.000Z'],
  ])('%s', (_, areaCodes, at, expected) => {
    expect(opens(areaCodes, at)).toBe(expected);
  });

  it('find a day that is open once a week, even past a holiday, and keep it open until midnight', () => {
    const sundays = {
      weekdays: undefined,
      saturday: undefined,
      sunday: parseDayHours('08:00-24:00'),
      holidays: new Set(['2026-11-29']),
    };
    const opensOf = (at: string) =>
      new Date(opensAt(sundays, ['11'], Date.parse(at)) ?? 0).toISOString();
    expect(opensOf('2026-11-23T00:30:00-03:00')).toBe('2026-12-06T11:00:00.000Z');
    // Its hours end with the day, at midnight.
    expect(opensOf('2026-12-06T23:59:59-03:00')).toBe('2026-12-07T02:59:59.000Z');
    expect(opensOf('2026-12-07T00:00:00-03:00')).toBe('2026-12-13T11:00:00.000Z');
  });

  it('begin by the local clock on a day whose first hour daylight saving time leaves out', () => {
    const every = { ...hours, sunday: parseDayHours('08:00-20:00') };
    const opened = opensAt(every, ['11'], Date.parse('2018-11-04T00:00:00-03:00'));
    expect(opened).toBe(Date.parse('2018-11-04T08:00:00-02:00'));
  });

  it('are not found for area codes that never have an hour in common', () => {
    const narrow = { ...hours, weekdays: parseDayHours('08:00-09:00'), saturday: undefined };
    expect(opensAt(narrow, ['11', '68'], Date.parse('2026-11-25T12:00:00Z'))).toBeUndefined();
  });

  it('give a moment that is never earlier than asked, and that is open itself', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_790_000_000, max: 1_800_000_000 }),
        fc.subarray(['11', '68', '81', '92', '97']),
        (second, areaCodes) => {
          const at = second * 1000;
          const moment = opensAt(hours, areaCodes, at);
          if (moment === undefined) return areaCodes.length > 0;
          return moment >= at && opensAt(hours, areaCodes, moment) === moment;
        },
      ),
    );
  });

  it.each(['8:00-20:00', '20:00-08:00', '08:00-08:00', '08:00', '08:00-25:00', ''])(
    'refuse %j',
    (text) => {
      expect(parseDayHours(text)).toBeUndefined();
    },
  );

  it('know when today and tomorrow begin by the clock of a time zone', () => {
    const at = Date.parse('2026-11-25T01:00:00Z');
    expect(new Date(startOfDay(at, 'America/Sao_Paulo')).toISOString()).toBe(
      '2026-11-24T03:00:00.000Z',
    );
    expect(new Date(startOfDay(at, 'America/Sao_Paulo', 1)).toISOString()).toBe(
      '2026-11-25T03:00:00.000Z',
    );
  });
});
