import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { areaCodes } from '../../src/values/area-code.ts';
import { formatPhone, parsePhone } from '../../src/index.ts';
import { dialablePhone } from '../../src/host.ts';

const separator = fc.constantFrom(' ', '-', '.', ' - ', '\u2013');

/** What stands before the number of a subscriber: the area code, set apart from it. */
const prefix = fc
  .tuple(
    fc.constantFrom(
      '',
      '55 ',
      '+55 ',
      '0055 ',
      '0',
      '0 ',
      '015 ',
      '0 15 ',
      '+55 0',
      '+55 (0) ',
      '0XX',
      '+55 0XX ',
    ),
    fc.constantFrom(
      (areaCode: string) => `(${areaCode})`,
      (areaCode: string) => `(${areaCode}) `,
      (areaCode: string) => `${areaCode} `,
      (areaCode: string) => `${areaCode}-`,
    ),
    fc.boolean(),
  )
  .map(([before, write, inside]) => (areaCode: string) => {
    const written = write(areaCode);
    return inside && written.startsWith('(')
      ? `(${before}${written.slice(1)}`
      : `${before}${written}`;
  });

/** Writes digits with separators at any of so many places. */
const inPieces = (places: number) =>
  fc
    .array(fc.option(separator, { freq: 3 }), { minLength: places, maxLength: places })
    .map(
      (separators) => (digits: string) =>
        digits.replaceAll(/\d/g, (digit, index: number) =>
          index === 0 ? digit : `${separators[index] ?? ''}${digit}`,
        ),
    );

describe('parsePhone', () => {
  it.each([
    ['11987654321', '+5511987654321', 'mobile'],
    ['1132654321', '+551132654321', 'fixed'],
    ['1187654321', '+5511987654321', 'mobile'],
    ['+55 (11) 98765-4321', '+5511987654321', 'mobile'],
    ['55 11 98765-4321', '+5511987654321', 'mobile'],
    ['(55) 11 3265-4321', '+551132654321', 'fixed'],
    ['(55) 113265-4321', '+551132654321', 'fixed'],
    ['(55) 98765-4321', '+5555987654321', 'mobile'],
    ['(55) 9 8765-4321', '+5555987654321', 'mobile'],
    ['(55) 99 8765-4321', '+5599987654321', 'mobile'],
    ['(55) 1198765-4321', '+5511987654321', 'mobile'],
    ['55 1132654321', '+551132654321', 'fixed'],
    ['5599 3265-4321', '+559932654321', 'fixed'],
    ['+55 993265-4321', '+559932654321', 'fixed'],
    ['025 993265-4321', '+559932654321', 'fixed'],
    ['55 98765-4321', '+5555987654321', 'mobile'],
    ['5555987654321', '+5555987654321', 'mobile'],
    ['011 98765-4321', '+5511987654321', 'mobile'],
    ['015 11 98765-4321', '+5511987654321', 'mobile'],
    ['015 11 3265-4321', '+551132654321', 'fixed'],
    ['0055 11 3265-4321', '+551132654321', 'fixed'],
    ['0055 11 98765 4321', '+5511987654321', 'mobile'],
    ['00 15 55 11 98765 4321', '+5511987654321', 'mobile'],
    ['+55 (0XX) 11 3265-4321', '+551132654321', 'fixed'],
    ['(0XX11) 98765-4321', '+5511987654321', 'mobile'],
    ['+55 (0xx11) 3265-4321', '+551132654321', 'fixed'],
    ['(011) 98765-4321', '+5511987654321', 'mobile'],
    ['(015) 11 98765-4321', '+5511987654321', 'mobile'],
    ['(015 11) 98765-4321', '+5511987654321', 'mobile'],
    ['(015) (11) 98765-4321', '+5511987654321', 'mobile'],
    ['+55 011 3265-4321', '+551132654321', 'fixed'],
    ["'11987654321", '+5511987654321', 'mobile'],
    ['="11987654321"', '+5511987654321', 'mobile'],
    ['\u200b11\u00a098765\u20114321', '+5511987654321', 'mobile'],
    ['１１９８７６５４３２１', '+5511987654321', 'mobile'],
    ['tel:+5511987654321', '+5511987654321', 'mobile'],
    ['11/3265-4321', '+551132654321', 'fixed'],
    ['11 987 654 321', '+5511987654321', 'mobile'],
    ['11 32 65 43 21', '+551132654321', 'fixed'],
    ['00 15 55 (11) 3265-4321', '+551132654321', 'fixed'],
    ['11987654321.0', '+5511987654321', 'mobile'],
    ['1187654321.0', '+5511987654321', 'mobile'],
    ['1132654321,00', '+551132654321', 'fixed'],
    ['1177654321', '+551177654321', 'ambiguous'],
  ])('reads %j as %s', (text, e164, kind) => {
    expect(parsePhone(text)).toMatchObject({ e164, kind });
  });

  it.each([
    ['98765-4321', 'no_area_code'],
    ['9090 11 98765-4321', 'collect_call'],
    ['90 15 11 98765-4321', 'collect_call'],
    ['1.1987654321E+10', 'scientific_notation'],
    ['1E+10', 'scientific_notation'],
    ['11987654321 / 1132654321', 'two_numbers'],
    ['11987654321;1132654321', 'two_numbers'],
    ['11 8765-4321/2', 'digits_behind'],
    ['011 3265-4321/22', 'digits_behind'],
    ['3265-4321 (11)', 'digits_behind'],
    ['32654321 (11)', 'digits_behind'],
    ['3265-4321 - 11', 'digits_behind'],
    ['32654321 11', 'digits_behind'],
    ['11 99999-9999', 'dummy'],
    ['20 98765-4321', 'unknown_area_code'],
    ['11 1234-5678', 'bad_length'],
    ['sip:1001@pbx', 'sip_address'],
    ['11 98765-432a', 'bad_character'],
    ['11\u202e987654321', 'bad_character'],
    ['(11) 9876-5432\u00b9', 'bad_character'],
    ['(11) 9876-5432\u2460', 'bad_character'],
    ['(0XX21) 99887-76655', 'bad_length'],
    ['+55 (0xx21) 99887-76655', 'bad_length'],
    ['(021) 99887-76655', 'bad_length'],
    ['(55) 99887-76655', 'bad_length'],
    ['55 9988-776655', 'bad_length'],
    ['(55) 998877-6655', 'bad_length'],
    ['(55) 9988776655', 'bad_length'],
    ['(55) 9 98877-6655', 'bad_length'],
    ['(55) 9 998877-6655', 'bad_length'],
    ['559 98877-6655', 'bad_length'],
    ['021 998877-6655', 'bad_length'],
    ['021 9 98877-6655', 'bad_length'],
    ['0 21 33344-44555', 'bad_length'],
    ['+55 021 998877-6655', 'bad_length'],
    ['+55 9 98877-6655', 'bad_length'],
    ['0055 (55) 998877-6655', 'bad_length'],
    ['123456', 'bad_length'],
    ['711987654321', 'unknown_prefix'],
    ['00 1 202 555 0123', 'unknown_prefix'],
    ['00 55 11 98765 43210', 'unknown_prefix'],
    ['00 15 55 11 98765 43210', 'unknown_prefix'],
    ['015 11 98765-43210', 'bad_length'],
    ['1177654321', undefined],
    ['190', 'not_dialable'],
    ['0800 123 4567', 'not_dialable'],
    ['4004-1234', 'not_dialable'],
    ['0300 123 4567', 'not_dialable'],
    ['0900 123 4567', 'not_dialable'],
    ['+1 202 555 0123', 'not_dialable'],
  ])('yields no number to dial for %j, with the reason %s', (text, reason) => {
    const parsed = parsePhone(text);
    expect(parsed.reason).toBe(reason);
    expect(dialablePhone(parsed)).toBeUndefined();
  });

  it('takes a missing area code from its column or the default, and refuses one that contradicts its column', () => {
    expect(parsePhone('98765-4321', { areaCode: '41' }).e164).toBe('+5541987654321');
    expect(parsePhone('98765-4321', { areaCode: '041' }).e164).toBe('+5541987654321');
    expect(parsePhone('4198765-4321', { areaCode: '41' }).e164).toBe('+5541987654321');
    expect(parsePhone('1198765-4321', { areaCode: '41' }).reason).toBe('ddd_conflict');
    expect(parsePhone('87654321.0', { areaCode: '41.0' }).e164).toBe('+5541987654321');
    expect(parsePhone('987654321.0', { areaCode: '99' }).e164).toBe('+5599987654321');
    expect(parsePhone('98765-4321', { areaCode: '20' }).reason).toBe('unknown_area_code');
    expect(parsePhone('0800 123 4567', { areaCode: '41' }).reason).toBe('not_dialable');
    expect(parsePhone('98765-4321', { defaultAreaCode: '41' })).toMatchObject({
      e164: '+5541987654321',
      flags: ['default_ddd'],
    });
  });

  it('separates the extension ("ramal") from the number', () => {
    expect(parsePhone('(41) 3265-4321 ramal 123')).toMatchObject({
      e164: '+554132654321',
      extension: '123',
    });
  });

  it('reads every area code with every first digit, and its own result as the same number', () => {
    for (const areaCode of areaCodes) {
      for (const first of '23456789') {
        const parsed = parsePhone(`${areaCode}${first}1234567`);
        expect(parsed.areaCode).toBe(areaCode);
        const again = parsePhone(parsed.e164 ?? '');
        expect(again.e164).toBe(parsed.e164);
        expect(again.kind).toBe(parsed.kind);
      }
    }
  });

  it('reads a number as itself or not at all, however the number is written', () => {
    const number = fc.tuple(
      fc.constantFrom(...areaCodes),
      fc.stringMatching(/^(?:9\d{8}|[2-689]\d{7})$/),
    );
    fc.assert(
      fc.property(number, prefix, inPieces(11), ([areaCode, subscriber], front, pieces) => {
        const legacy = /^[689]\d{7}$/.test(subscriber) ? '9' : '';
        const { e164 } = parsePhone(front(areaCode) + pieces(subscriber));
        expect([undefined, `+55${areaCode}${legacy}${subscriber}`]).toContain(e164);
      }),
      { numRuns: 5000 },
    );
  });

  it('yields no number to dial for an area code and a mobile number with one digit too many', () => {
    const mobile = fc.stringMatching(/^9\d{9}$/);
    fc.assert(
      fc.property(
        fc.constantFrom(...areaCodes),
        mobile,
        prefix,
        inPieces(10),
        (areaCode, digits, front, pieces) => {
          const written = pieces(digits);
          // Two digits that stand apart are the area code: (55) 99 8877-6655.
          fc.pre(!/^\D*\d\d\D/.test(written));
          expect(dialablePhone(parsePhone(front(areaCode) + written))).toBeUndefined();
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('never fails on any text, and reads its own result as the same number', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^[+0-9() .xX-]{0,24}$/),
    );
    fc.assert(
      fc.property(hostile, (text) => {
        const { e164 } = parsePhone(text);
        expect(parsePhone(e164 ?? '').e164).toBe(e164);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('formatPhone', () => {
  it('writes a number in each form: e164, national, with a leading zero, without its ninth digit', () => {
    const phone = { areaCode: '11', number: '987654321' };
    expect(formatPhone(phone, 'e164')).toBe('+5511987654321');
    expect(formatPhone(phone, 'national')).toBe('11987654321');
    expect(formatPhone(phone, 'withZero')).toBe('011987654321');
    expect(formatPhone(phone, 'national', { withoutNinthDigit: true })).toBe('1187654321');
    // A landline number has no ninth digit to lose.
    const fixed = { areaCode: '11', number: '32654321' };
    expect(formatPhone(fixed, 'national', { withoutNinthDigit: true })).toBe('1132654321');
  });
});
