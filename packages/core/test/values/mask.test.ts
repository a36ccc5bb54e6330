import { describe, expect, it } from 'vitest';
import { maskPersonal, parseCpf } from '../../src/host.ts';

describe('maskPersonal', () => {
  it.each([
    ['cpf 529.982.247-25 of', '529.982.247-25'],
    ['{"cpf":"52998224725"}', '52998224725'],
    ['?cpf=52998224725&x', '52998224725'],
    ['call +5511987654321 now', '11987654321'],
    ['num=%2B5511987654321', '987654321'],
    ['(11) 98765-4321', '98765-4321'],
    ['num=11%2098765%204321', '98765'],
    ['"phone":"1132654321"', '32654321'],
    ['011987654321', '987654321'],
    ['987654321', '98765'],
    ['2026-11-29 10:11:12 41999998888 ANSWER', '41999998888'],
    ['1001 41999998888 ANSWER', '41999998888'],
    ['4133334444 4133335555', '4133334444'],
    ['4133334444 4133335555', '4133335555'],
    ['/calls/7/41988887777', '41988887777'],
    ['out-41999998888-1001-20261129-101112-1764411072.15.wav', '41999998888'],
    ['{"msg":"1001 529.982.247-25"}', '529.982.247-25'],
    [JSON.stringify('not found\n41999998888'), '41999998888'],
    [JSON.stringify('1001\t52998224725\tx'), '52998224725'],
    ['%252B5541999998888', '41999998888'],
    ['(11)98765\u00a05432', '98765'],
    ['11 98765\u20115432', '98765'],
    ['CPF52998224725', '52998224725'],
    ['x52998224725y', '52998224725'],
    ['tel41999998888x', '41999998888'],
    ['tel4133334444', '33334444'],
    ['id=a41999998888', '41999998888'],
    ['41999998888abc', '41999998888'],
    ['d5541999998888f', '41999998888'],
    ['CPF52998224725TEL41999998888', '52998224725'],
    ['CPF52998224725TEL41999998888', '41999998888'],
    ['ramal1001-41999998888', '41999998888'],
    ['SIP/41999998888-000001a', '41999998888'],
    ['(41)&nbsp;99999&#160;8888', '99999'],
    ['%28%34%31%29%39%39%39%39%39%38%38%38%38', '%34%31%29%39'],
    ['%2534%2531%2539%2539%2539%2539%2539%2538%2538%2538%2538', '%2534%2531%2539'],
    ['&#52;&#49;&#x39;&#57;&#057;&#57;&#57;&#56;&#56;&#56;&#56;', '&#52;&#49;'],
    ['<b>41</b>3333<em>4444</em>', '3333'],
    ['41%C2%A03333%c2%a04444', '3333'],
    ['\uff14\uff11\uff19\uff19\uff19\uff19\uff19\uff18\uff18\uff18\uff18', '\uff14\uff11'],
    ['\u0664\u0661\u0669\u0669\u0669\u0669\u0669\u0668\u0668\u0668\u0668', '\u0664\u0661'],
    ['41\u200b99999\u200b8888', '99999'],
    ['{"n":4.1999998888e10}', '1999998888'],
    ['5.2998224725E+10', '2998224725'],
    ['4.133334444e+09', '133334444'],
    ['cnpj 11.222.333/0001-81', '11.222.333'],
    [String.raw`{"x":"11.222.333\/0001-81"}`, '11.222.333'],
    ['x=11.222.333%2F0001-81', '11.222.333'],
    ['CNPJ11222333000181', '11222333000181'],
    ['12.ABC.345/01DE-35', '12.ABC.345'],
    ['12ABC34501DE35', '12ABC34501DE35'],
  ])('hides the phone number, CPF or CNPJ in %j, and is idempotent', (text, planted) => {
    const masked = maskPersonal(text);
    expect(masked).not.toContain(planted);
    expect(maskPersonal(masked)).toBe(masked);
  });

  it.each([
    '2026-11-24T12:00:00.123Z',
    '2026-11-24 12:00:00',
    'status 200 in 1234 ms',
    '7c9e6679-7425-40de-944b-e07fc1f90ae7',
    'port 50613, 65644 bytes',
    'ft_0a1b2c3d4e5f_abc',
    'uniqueid 1732451234.56 of 2026-11-24 12:00:00',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    'sha1 10c0cb3bc3c2db15934455290ded3df430a07ec7',
    'a6e3ff8be47935051843ae5d',
    'SIP/1001-0000001a, SIP/9644-563456e9 and Local/7@dialer-00000a41;2',
    'cid1732451234, ms1732451234567',
    '20261129T101112Z and 20261129101112',
    // Timestamps: one in a hundred ends in the check digits of a CNPJ.
    '20261129101110 20261129101111 20261129101112 20261129101113 20261129101114',
    'M1129101112000123456',
    '01ARZ3NDEKTSV4RRFFQ69G5FAV',
    '177.92.123.45:50613 is not in 200.192.112.0/24',
    'DC262C686AF921',
    '&#169; 2026 &#8211; 1.5e10',
  ])('leaves text without personal data unchanged: %j', (text) => {
    expect(maskPersonal(text)).toBe(text);
  });

  it('masks megabytes of hostile text in less than 5 seconds of CPU time', () => {
    const begun = process.threadCpuUsage();
    maskPersonal('1'.repeat(1_000_000));
    maskPersonal('1 '.repeat(500_000));
    maskPersonal('(((('.repeat(250_000));
    maskPersonal('1-'.repeat(500_000));
    maskPersonal('4199999 '.repeat(125_000));
    for (const piece of ['a4199999', '%34', '%25', '&#52;', '<b>4</b>', '11.222.333/', 'A1', 'ab'])
      maskPersonal(piece.repeat(200_000 / piece.length));
    expect(process.threadCpuUsage(begun).user).toBeLessThan(5_000_000);
  });
});

describe('parseCpf', () => {
  it('accepts a valid CPF with its usual marks, and gives the reason for everything that it refuses', () => {
    expect(parseCpf('529.982.247-25')).toEqual({ valid: true, digits: '52998224725' });
    expect(parseCpf('00000000191')).toEqual({ valid: true, digits: '00000000191' });
    expect(parseCpf('0000000191')).toEqual({ valid: false, reason: 'lost_leading_zero' });
    expect(parseCpf('12.345.678/0001-95')).toEqual({ valid: false, reason: 'cnpj' });
    expect(parseCpf('5,29982E+10')).toEqual({ valid: false, reason: 'scientific_notation' });
    expect(parseCpf('52998224725.0')).toEqual({ valid: true, digits: '52998224725' });
    // If the remainder is ten, the check digit is 0: first the first check digit, then the second.
    expect(parseCpf('12345678909')).toEqual({ valid: true, digits: '12345678909' });
    expect(parseCpf('12345678810')).toEqual({ valid: true, digits: '12345678810' });
    // A valid CPF with one digit more is nobody's CPF.
    expect(parseCpf('529982247250')).toEqual({ valid: false, reason: 'bad_length' });
    // Read as 10000000280, it would be the valid CPF of somebody else.
    expect(parseCpf('1000000028.0')).toEqual({ valid: false, reason: 'lost_leading_zero' });
    expect(parseCpf('52998224724')).toEqual({ valid: false, reason: 'check_digits' });
    expect(parseCpf('11111111111')).toEqual({ valid: false, reason: 'all_equal' });
    expect(parseCpf('5299822472A')).toEqual({ valid: false, reason: 'bad_character' });
    expect(parseCpf(' ')).toEqual({ valid: false, reason: 'empty' });
  });
});
