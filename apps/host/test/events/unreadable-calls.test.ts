import { expect, it } from 'vitest';
import { withUnreadable } from '../../src/events/unreadable-calls.ts';

it('the reason that an adapter gives for an unusable call is shown without secrets of the connection and without a CPF', () => {
  const event = { number: '41999998888', callId: 'c-1', extension: '1001' };
  const reason = 'the key tok-9f8e7d6c5b is not of 529.982.247-25';
  const { unreadable } = withUnreadable(
    { events: [event], unreadable: [{ position: 2, reason }] },
    ['tok-9f8e7d6c5b'],
  );
  expect(unreadable).toEqual([{ position: 2, reason: 'the key *** is not of ***25' }]);
});

it('a phone number that an adapter gives with punctuation, or as a SIP address, is reduced to its digits', () => {
  const numbers = ['(41) 9 9999-8888', '+55 41 99999-8888', 'sip:41999998888@pbx-2', 'anonymous'];
  const { events } = withUnreadable(
    { events: numbers.map((number) => ({ number, callId: 'c-1', extension: '1001' })) },
    [],
  );
  expect(events.map(({ number }) => number)).toEqual([
    '41999998888',
    '+5541999998888',
    '41999998888',
    'anonymous',
  ]);
});
