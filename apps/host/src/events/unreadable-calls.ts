import {
  TelephonyError,
  type AnsweredCall,
  type AnsweredCallReading,
  type UnreadableRow,
} from '@finaz-telephony/core';
import { plainNumber } from '@finaz-telephony/core/host';
import { createMasker } from '../exchanges/mask.ts';

/** What an adapter has read, masked where it cannot be used. */
export interface CheckedReading extends AnsweredCallReading {
  readonly unreadable: readonly UnreadableRow[];
}

/**
 * What an adapter has read, with plain numbers, and with the reasons of the calls that cannot be used. A sender that is refused sends all of a notification again: if
 * some of its calls can be used, it would send those for ever. If none can, the notification must come again once the document is mended, as one of a single call does.
 *
 * @param secrets of the connection
 * @throws {TelephonyError} `invalid_input`
 */
export function withUnreadable(
  read: AnsweredCallReading,
  secrets: readonly string[],
): CheckedReading {
  const reading = { ...read, events: read.events.map(withPlainNumber) };
  if (!reading.unreadable?.length) return { ...reading, unreadable: [] };
  const { text } = createMasker([secrets]);
  const unreadable = reading.unreadable.map(({ position, reason }) => ({
    position,
    reason: text(reason),
  }));
  if (reading.events.length === 0)
    throw new TelephonyError({
      code: 'invalid_input',
      feature: 'answeredCall',
      message: `Nothing of the notification can be used: ${inWords(unreadable)}.`,
      hint: 'Compare what the telephone system sends with answeredCall of the connection.',
    });
  return { ...reading, unreadable };
}

/** As from the template, because the CRM finds a client by it. A number without any digit stays: the event would be lost otherwise. */
function withPlainNumber(call: AnsweredCall): AnsweredCall {
  const number = plainNumber(call.number);
  return number === '' ? call : { ...call, number };
}

const mostNamed = 5;

/** For the log: a batch of nothing else must not fill it. */
export function inWords(unreadable: readonly UnreadableRow[]): string {
  const named = unreadable
    .slice(0, mostNamed)
    .map(({ position, reason }) => `item ${position}: ${reason}`);
  const others = unreadable.length - named.length;
  return [...named, ...(others > 0 ? [`${others} more`] : [])].join('; ');
}
