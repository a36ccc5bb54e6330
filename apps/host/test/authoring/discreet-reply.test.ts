import { describe, expect, it } from 'vitest';
import { discreetReply } from '../../src/authoring/discreet-reply.ts';

describe('a kept reply', () => {
  it.each([
    ['{"n":"41999998888"}', '{"n":"11111111111"}'],
    [String.raw`{"m":"CPF\u00a052998224725"}`, String.raw`{"m":"CPF\u00a011111111111"}`],
    [String.raw`{"m":"CPF\u00a0529.982.247-25"}`, String.raw`{"m":"CPF\u00a0111.111.111-11"}`],
    [String.raw`{"m":"Jos\u00e94133334444"}`, String.raw`{"m":"Jos\u00e91111111111"}`],
    [String.raw`{"m":"(41)\u00a03333\u20114444"}`, String.raw`{"m":"(11)\u00a01111\u20111111"}`],
    ['(41)\u00a03333-4444', '(11)\u00a01111-1111'],
    ['<t>(41)&#160;3333-4444</t>', '<t>(11)&#160;1111-1111</t>'],
    ['t=41%2033334444', 't=11%2011111111'],
    [String.raw`{"m":"529.982.247\/25"}`, String.raw`{"m":"111.111.111\/11"}`],
    ['cnpj 11.222.333/0001-81', 'cnpj 11.111.111/1111-11'],
    ['24/11/2026 41999998888 2026-11-24', '24/11/2026 11111111111 2026-11-24'],
  ])('has no number, in the same form and with all that is beside it: %s', (body, discreet) => {
    expect(discreetReply({ status: 200, headers: {}, body }, [], []).body).toBe(discreet);
  });
});
