import { describe, expect, it } from 'vitest';
import { acceptedFormat, csvHeader, writePage } from '../../src/results/result-formats.ts';

describe('the format of results', () => {
  it.each([
    [undefined, 'json'],
    ['', 'json'],
    ['*/*', 'json'],
    ['application/json', 'json'],
    ['text/csv', 'csv'],
    ['TEXT/CSV; charset=utf-8', 'csv'],
    ['application/x-ndjson', 'ndjson'],
    ['application/json;q=0.5, text/csv', 'csv'],
    ['text/html, application/xhtml+xml, */*;q=0.8', 'json'],
    ['application/*', 'json'],
    ['text/*', 'csv'],
    ['*/*;q=0', undefined],
    ['text/csv;q=0, application/x-ndjson', 'ndjson'],
    ['application/json;q=0, */*', 'ndjson'],
    ['*/*, application/json;q=0.5', 'ndjson'],
    ['*/*;q=0.1, application/*;q=0, application/x-ndjson;q=0.2', 'ndjson'],
    ['*/*;q=0, text/csv', 'csv'],
    ['*/*, application/x-ndjson', 'json'],
    ['image/png', undefined],
  ])('for Accept %j is %s', (accept, format) => {
    expect(acceptedFormat(accept)).toBe(format);
  });

  const attempt = {
    contactId: '7001',
    matchedBy: 'contact' as const,
    areaCode: '41',
    number: '999998888',
    at: '2026-11-24T12:00:00.000Z',
    outcome: 'unknown' as const,
    vendorStatus: 'Não; "caixa"\nposta',
    duration: 0,
  };

  it('as CSV quotes cells where needed, and leaves missing values empty', () => {
    expect(csvHeader).toBe(
      'contactId;areaCode;number;at;outcome;vendorStatus;callId;extension;duration;matchedBy\r\n',
    );
    expect(writePage('csv', [attempt])).toBe(
      '7001;41;999998888;2026-11-24T12:00:00.000Z;unknown;"Não; ""caixa""\nposta";;;0;contact\r\n',
    );
  });

  it('as NDJSON has one line per attempt', () => {
    const text = writePage('ndjson', [attempt, attempt]);
    expect(text.split('\n').map((line) => (line === '' ? line : JSON.parse(line)))).toEqual([
      attempt,
      attempt,
      '',
    ]);
  });
});
