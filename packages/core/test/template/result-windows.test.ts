import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { windowsOf } from '../../src/template/results/result-windows.ts';
import { issuesOf } from '../support/template-documents.ts';

const at = (text: string) => new Date(text);
const period = { from: at('2026-11-24T23:30:00Z'), to: at('2026-11-26T13:00:00Z') };
const shown = (windows: Parameters<typeof windowsOf>[0], of = period, zone = 'America/Sao_Paulo') =>
  [...windowsOf(windows, of, zone)].map(({ from, to }) => [from.toISOString(), to.toISOString()]);

describe('the windows of a period', () => {
  it('are one window if the document sets none', () => {
    expect(shown(undefined)).toEqual([['2026-11-24T23:30:00.000Z', '2026-11-26T13:00:00.000Z']]);
  });

  it('have so many hours each, 24 by default', () => {
    const days = [
      ['2026-11-24T23:30:00.000Z', '2026-11-25T23:30:00.000Z'],
      ['2026-11-25T23:30:00.000Z', '2026-11-26T13:00:00.000Z'],
    ];
    expect(shown({ inclusive: false })).toEqual(days);
    expect(shown({ hours: 24, inclusive: false })).toEqual(days);
  });

  it('end at midnight of the company if they are days', () => {
    expect(shown({ days: 1, inclusive: false })).toEqual([
      ['2026-11-24T23:30:00.000Z', '2026-11-25T03:00:00.000Z'],
      ['2026-11-25T03:00:00.000Z', '2026-11-26T03:00:00.000Z'],
      ['2026-11-26T03:00:00.000Z', '2026-11-26T13:00:00.000Z'],
    ]);
    expect(shown({ days: 2, inclusive: true })).toEqual([
      ['2026-11-24T23:30:00.000Z', '2026-11-26T02:59:59.999Z'],
      ['2026-11-26T03:00:00.000Z', '2026-11-26T12:59:59.999Z'],
    ]);
  });

  it('cover each millisecond if their end is inclusive, and no second twice if the vendor counts in seconds', () => {
    const crooked = { from: at('2026-11-24T10:00:00.400Z'), to: at('2026-11-24T12:30:00.700Z') };
    expect(shown({ hours: 1, inclusive: true }, crooked)).toEqual([
      ['2026-11-24T10:00:00.400Z', '2026-11-24T10:59:59.999Z'],
      ['2026-11-24T11:00:00.000Z', '2026-11-24T11:59:59.999Z'],
      ['2026-11-24T12:00:00.000Z', '2026-11-24T12:30:00.699Z'],
    ]);
  });

  it('follow one another without a gap, each within one day, even if the clocks change', () => {
    const zones = ['America/Sao_Paulo', 'America/Santiago', 'Europe/Lisbon', 'America/Noronha'];
    const start = at('2017-01-01T00:00:00Z').getTime();
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 3 * 366 * 24 * 60 }),
        fc.integer({ min: 1, max: 400 * 24 }),
        (zone, minutes, hours) => {
          const from = new Date(start + minutes * 60_000);
          const to = new Date(from.getTime() + hours * 3_600_000);
          const windows = [...windowsOf({ days: 1, inclusive: false }, { from, to }, zone)];
          const edges = [...windows.map((each) => each.from), to].map((edge) => edge.getTime());
          expect(windows.map((each) => each.to.getTime())).toEqual(edges.slice(1));
          const day = new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' });
          for (const window of windows)
            expect(day.format(window.from)).toBe(day.format(window.to.getTime() - 1));
        },
      ),
    );
  });

  it('cannot have both hours and days', () => {
    const windows = { hours: 12, days: 1 };
    const request = { url: 'https://pbx.example/r' };
    const fields = { number: '{{ row.n }}', at: '{{ row.at }}', status: '{{ row.s }}' };
    expect(() => issuesOf({ dialerResults: { request, rows: 'reply', fields, windows } })).toThrow(
      'has both hours and days; leave one out',
    );
  });
});
