import { afterAll, expect, it } from 'vitest';
import { createEventLog } from '../../src/events/event-log.ts';
import { openResults } from '../support/open-results.ts';

const { store, close, ...opened } = await openResults();
const inbound = { allows: () => true, repeatWindowMs: 300_000 };
const tenant = { ...opened.tenant, inbound };
afterAll(close);
const events = createEventLog(store, Date.now, () => undefined);
const append = (callId: string, contactId: string) =>
  events.append({
    tenant,
    source: 'callback',
    connection: 'dialer',
    call: { callId, extension: '1001', number: '41999998888', contactId },
  });

/** Digits in no order, so that no database can compress it much. */
const longText = Array.from({ length: 2000 }, (_, index) => Math.sin(index)).join('');

it.each([
  ['half of a surrogate pair', ['\ud83d', '\ud83e']],
  ['a NUL character', ['a\0', 'b\0']],
  ['a very long text', ['x'.repeat(20_000), longText]],
])(
  'an event with an odd contact id is recognised when repeated, and does not make other events of its batch fail: %s',
  async (what, contactIds) => {
    // Events that arrive together are written as one batch.
    const appended = await Promise.all([
      append(what, 'c-1'),
      ...contactIds.map((contactId) => append(what, contactId)),
    ]);
    expect(appended[0]?.repeated).toBe(false);
    const again = await append(what, contactIds[0] ?? '');
    expect(again).toEqual({ eventId: appended[1]?.eventId, repeated: true });
  },
);
