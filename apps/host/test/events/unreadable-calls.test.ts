import { expect, it } from 'vitest';
import { withUnreadable } from '../../src/events/unreadable-calls.ts';

it('what an adapter says of a call that cannot be used has no secret of the connection, and nobody in it', () => {
  const event = { number: '41999998888', callId: 'c-1', extension: '1001' };
  const reason = 'the key tok-9f8e7d6c5b is not of 529.982.247-25';
  const { unreadable } = withUnreadable(
    { events: [event], unreadable: [{ position: 2, reason }] },
    ['tok-9f8e7d6c5b'],
  );
  expect(unreadable).toEqual([{ position: 2, reason: 'the key *** is not of ***25' }]);
});
