import {
  TelephonyError,
  type AnsweredCallReading,
  type UnreadableRow,
} from '@finaz-telephony/core';
import { createMasker } from '../exchanges/mask.ts';

/** What an adapter has read, masked where it cannot be used. */
export interface CheckedReading extends AnsweredCallReading {
  readonly unreadable: readonly UnreadableRow[];
}

/**
 * With what is told of those calls of a notification that cannot be used. A sender that hears a refusal tells all of it again: where some can be used, it would tell them for
 * ever. Where none can, what a mended document could read must come again, as with a notification of a single call.
 *
 * @param secrets of the connection
 * @throws {TelephonyError} `invalid_input`
 */
export function withUnreadable(
  reading: AnsweredCallReading,
  secrets: readonly string[],
): CheckedReading {
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

const mostNamed = 5;

/** For the log: a batch of nothing else must not fill it. */
export function inWords(unreadable: readonly UnreadableRow[]): string {
  const named = unreadable
    .slice(0, mostNamed)
    .map(({ position, reason }) => `item ${position}: ${reason}`);
  const others = unreadable.length - named.length;
  return [...named, ...(others > 0 ? [`${others} more`] : [])].join('; ');
}
