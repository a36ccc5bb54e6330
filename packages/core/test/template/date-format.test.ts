import { describe, expect, it } from 'vitest';
import { parseInstant } from '../../src/template/date-format.ts';

describe('parseInstant', () => {
  it.each([
    ['2026-11-24T09:00:00-03:00', '2026-11-24T12:00:00.000Z'],
    ['2026-11-24T12:00:00Z', '2026-11-24T12:00:00.000Z'],
    ['2026-11-24 09:00:00 -0300', '2026-11-24T12:00:00.000Z'],
    ['2026-11-24 09:00', '2026-11-24T12:00:00.000Z'],
    [' 2026-11-24T09:00:00.123456 ', '2026-11-24T12:00:00.123Z'],
    ['2026-11-24', '2026-11-24T03:00:00.000Z'],
    // Summer time, which Brazil had until 2019: clocks went from 00:00 to 01:00, and from 24:00 back to 23:00.
    ['2018-12-01 09:00:00', '2018-12-01T11:00:00.000Z'],
    ['2018-11-03 23:59:59', '2018-11-04T02:59:59.000Z'],
    ['2018-11-04 01:00:00', '2018-11-04T03:00:00.000Z'],
  ])('%s', (text, instant) => {
    expect(parseInstant(text, 'America/Sao_Paulo')?.toISOString()).toBe(instant);
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
  ])('%j is no moment', (text) => {
    expect(parseInstant(text, 'America/Sao_Paulo')).toBeUndefined();
  });
});
