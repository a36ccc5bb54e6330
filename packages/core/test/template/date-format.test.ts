import { describe, expect, it } from 'vitest';
import { parseInstant } from '../../src/template/language/parse-date.ts';

describe('parseInstant', () => {
  it.each([
    ['2026-11-24T09:00:00-03:00', '2026-11-24T12:00:00.000Z'],
    ['2026-11-24T12:00:00Z', '2026-11-24T12:00:00.000Z'],
    ['2026-11-24 09:00:00 -0300', '2026-11-24T12:00:00.000Z'],
    ['2026-11-24 09:00:00.5-03', '2026-11-24T12:00:00.500Z'],
    ['2026-11-24T09:00:00,123-03:00', '2026-11-24T12:00:00.123Z'],
    ['2026-11-24 09:00', '2026-11-24T12:00:00.000Z'],
    [' 2026-11-24T09:00:00.123456 ', '2026-11-24T12:00:00.123Z'],
    ['2026-11-24', '2026-11-24T03:00:00.000Z'],
    // Summer time, which Brazil had until 2019: clocks went from 00:00 to 01:00, and from 24:00 back to 23:00.
    ['2018-12-01 09:00:00', '2018-12-01T11:00:00.000Z'],
    ['2018-11-03 23:59:59', '2018-11-04T02:59:59.000Z'],
    ['2018-11-04 01:00:00', '2018-11-04T03:00:00.000Z'],
    // Skipped by the clock: must not become a time of the day before.
    ['2018-11-04', '2018-11-04T03:00:00.000Z'],
    ['2018-11-04 00:30:00', '2018-11-04T03:30:00.000Z'],
    ['2018-02-17 23:30:00', '2018-02-18T01:30:00.000Z'],
  ])('reads %s as a moment in America/Sao_Paulo', (text, instant) => {
    expect(parseInstant(text, 'America/Sao_Paulo')?.toISOString()).toBe(instant);
  });

  it.each([
    ['2025-09-07', 'America/Santiago', '2025-09-07T04:00:00.000Z'],
    ['2024-10-06 00:30:00', 'America/Asuncion', '2024-10-06T04:30:00.000Z'],
    ['2026-03-29 02:30:00', 'Europe/Lisbon', '2026-03-29T01:30:00.000Z'],
    ['2026-03-29 02:30:00', 'Europe/Madrid', '2026-03-29T01:30:00.000Z'],
  ])('reads %s in %s, where the clocks have just gone forward', (text, zone, instant) => {
    expect(parseInstant(text, zone)?.toISOString()).toBe(instant);
  });

  it.each([
    '',
    'yesterday',
    '24/11/2026 09:00',
    '10/11/2026',
    '2026-11-24T25:00:00',
    '2026-13-01 00:00:00',
    '2026-02-31 00:00:00',
    '0000-00-00 00:00:00',
    '0001-01-01 00:00:00',
    '1795521600',
    '2026-11-24 09:00:00-3',
    '2026-11-24 09:00:00-24',
    '2026-11-24 09-03',
  ])('reads no moment from %j', (text) => {
    expect(parseInstant(text, 'America/Sao_Paulo')).toBeUndefined();
  });
});
