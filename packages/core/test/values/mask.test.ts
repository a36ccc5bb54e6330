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
    // HTML within HTML.
    [
      '&amp;#53;&amp;#50;&amp;#57;&amp;#57;&amp;#56;&amp;#50;&amp;#50;&amp;#52;&amp;#55;&amp;#50;&amp;#53;',
      '&amp;#53;&amp;#50;',
    ],
    ['529&amp;#46;982&amp;#46;247&amp;#45;25', '982'],
    ['529&#46;982&#x2E;247&#x2d;25', '982'],
    ['(41)&amp;nbsp;99999&amp;amp;#160;8888', '99999'],
    // A line of quoted-printable, which may end anywhere.
    ['529982=\r\n24725', '529982'],
    ['tel (41) 99=\n999-8888', '999-8888'],
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
    ['AB.C34.567/0001-34', 'AB.C34'],
    [JSON.stringify('x\n11222333000181'), '11222333000181'],
    ['?c=%2211222333000181%22', '11222333000181'],
    ['123.456.789-00', '123.456.789'],
    ['01541999998888', '41999998888'],
    ['0 15 41 9 9999 8888', '9999'],
    ['005541999998888', '41999998888'],
    ['+554133334444', '33334444'],
    ['(11) 2333-4444', '2333'],
    ['41.33.33.44.44', '33.33'],
    ['1001 41.33.33.4444', '33.33'],
    ['ddd(41)33334444', '33334444'],
    ['TEL4133334444', '33334444'],
    [String.raw`"\f4133334444"`, '33334444'],
    ['{"n":4.133334444e9}', '133334444'],
    ['4.133334444E09', '133334444'],
    // JSON whose letters are all ASCII, as PHP and Python write it.
    [String.raw`{"m":"CPF\u00a0529.982.247-25"}`, '529.982.247'],
    [String.raw`{"m":"CPF n\u00ba52998224725"}`, '52998224725'],
    [String.raw`{"m":"Jos\u00e94133334444"}`, '33334444'],
    [String.raw`{"m":"Jos\u00ea4133334444"}`, '33334444'],
    [String.raw`{"m":"Tel\u201341999998888"}`, '41999998888'],
    [String.raw`{"m":"(41)\u00a099999\u20118888"}`, '99999'],
    [JSON.stringify(String.raw`{"m":"41\u00a03333\u00a04444"}`), '3333'],
    // The slash of JSON that is written by PHP.
    [String.raw`{"m":"CPF 529.982.247\/25"}`, '529.982.247'],
    [String.raw`{"m":"(41) 3333\/4444"}`, '3333'],
    [JSON.stringify(String.raw`{"m":"11.222.333\/0001-81"}`), '11.222.333'],
    // The same blank in Latin-1.
    ['m=%2841%29%A03333%A04444', '3333'],
    ['m=%25A011222333000181', '11222333000181'],
    [String.raw`{"m":"CNPJ\u00a011222333000181"}`, '11222333000181'],
    [JSON.stringify('x\t11222333000181'), '11222333000181'],
    // Like a timestamp, but in month 13, on day 32, in hour 24, in minute 60, in second 82, in 2126.
    ['20261324101116', '20261324101116'],
    ['20261132101100', '20261132101100'],
    ['20261124241330', '20261124241330'],
    ['20261124106041', '20261124106041'],
    ['20261124020082', '20261124020082'],
    ['21261124101126', '21261124101126'],
  ])('hides the phone number, CPF or CNPJ in %j, and is idempotent', (text, planted) => {
    const masked = maskPersonal(text);
    expect(masked).not.toContain(planted);
    expect(maskPersonal(masked)).toBe(masked);
  });

  it.each([
    ['cpf 529.982.247-25 of', 'cpf ***25 of'],
    ['cnpj 11.222.333/0001-81', 'cnpj ***81'],
    ['x=11.222.333%2F0001-81&y', 'x=***81&y'],
    ['call +5511987654321 now', 'call *****4321 now'],
    ['1001 529.982.247-25 7', '1001 ***25 7'],
    ['from 1001 to (41) 99999-8888', 'from 1001 to *****8888'],
    ['2026-11-29 10:11:12 41999998888 1001', '2026-11-29 10:11:12 *****8888 1001'],
    [
      'out-41999998888-1001-20261129-101112-1764411072.15.wav',
      'out-*****8888-1001-20261129-101112-1764411072.15.wav',
    ],
    ['1001 (41) 99999-8888 4133335555', '1001 (*****8888 *****5555'],
    ['CPF52998224725TEL41999998888', 'CPF***25TEL*****8888'],
    [String.raw`{"m":"(41)\u00a099999\u20118888"}`, '{"m":"*****8888"}'],
    [String.raw`{"m":"CPF\u00a0529.982.247\u201125"}`, String.raw`{"m":"CPF\u00a0***25"}`],
  ])('keeps the last digits of a number, and the text around it: %j', (text, masked) => {
    expect(maskPersonal(text)).toBe(masked);
  });

  it.each([
    '2026-11-24T12:00:00.123Z',
    '2026-11-24 12:00:00',
    'status 200 in 1234 ms',
    String.raw`{"url":"https:\/\/pbx.example\/2026\/11\/24\/1732451234.56","at":"24\/11\/2026 10:30"}`,
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
    // One timestamp in a hundred ends in the check digits of a CNPJ.
    '20261129000241',
    '2026-11-29-101112',
    '1984-05-12 10:30:00',
    'peer 10.0.41.33-334444',
    '2033334444 4113334444 41833334444',
    'cid1832451234',
    'A6E3FF8BE47935051843AE5D',
    'A0EEBC4133334444',
    'x9k4133334444',
    '01ARZ3NDKEKTSV4RRF10007 01ARZ3ND7EKTSV4RRF10007',
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
    for (const piece of [
      'a4199999',
      '%34',
      '%25',
      '&#52;',
      '<b>4</b>',
      String.raw`\u00a04`,
      String.raw`\u00e9`,
      String.raw`4\/`,
      '4%A0',
      '\\',
      '11.222.333/',
      'A1',
      'ab',
    ])
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
