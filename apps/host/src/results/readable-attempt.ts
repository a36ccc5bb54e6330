import type { ReportedAttempt } from '@finaz-telephony/core';
import { joinNumber } from './dialed-number.ts';

/** What an adapter reported of an attempt, as it can be stored: clean texts, and its time as a number. */
export interface ReadableAttempt {
  readonly id: string | undefined;
  readonly contactId: string | null;
  /** In the form by which it is found again, see dialed-number.ts. */
  readonly number: string;
  readonly vendorStatus: string;
  readonly callId: string | null;
  readonly extension: string | null;
  readonly at: number;
  readonly duration: number | null;
}

/** An attempt that can be stored, or why it cannot. */
export function readAttempt(given: ReportedAttempt): ReadableAttempt | string {
  const misshapen = wrongForm(given);
  if (misshapen !== undefined) return misshapen;
  const at = Date.parse(given.at);
  const reason = unusable(given, at);
  if (reason !== undefined) return reason;
  return {
    id: cleanOrNull(given.id) ?? undefined,
    contactId: cleanOrNull(given.contactId),
    number: joinNumber({ areaCode: clean(given.areaCode), number: clean(given.number) }),
    vendorStatus: clean(given.vendorStatus),
    callId: cleanOrNull(given.callId),
    extension: cleanOrNull(given.extension),
    at,
    duration: given.duration === undefined ? null : Math.round(given.duration),
  };
}

const texts = ['areaCode', 'number', 'at', 'vendorStatus'];
const textsOrNothing = ['contactId', 'callId', 'id', 'extension'];

/** What is wrong with the form of a row, which an untyped adapter may give; unchecked, one such row would end the reading of all others, every time. */
function wrongForm(given: unknown): string | undefined {
  if (!isObject(given)) return 'the adapter gave no attempt';
  for (const name of texts) if (typeof given[name] !== 'string') return noText(name);
  for (const name of textsOrNothing) {
    const value = given[name];
    if (value !== undefined && typeof value !== 'string') return noText(name);
  }
  const { duration } = given;
  return duration === undefined ||
    (typeof duration === 'number' && Number.isSafeInteger(Math.round(duration)))
    ? undefined
    : 'the adapter gave a duration that is not a number';
}

const noText = (name: string) => `the adapter gave a value for ${name} that is not text`;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** `Z`, `-03:00`, `GMT-0300`. */
const zone = /(?:Z|GMT|[+-]\d\d:?\d\d)$/i;

/** Why an attempt that an adapter gave cannot be stored. */
function unusable(attempt: ReportedAttempt, at: number): string | undefined {
  if (attempt.number === '' && attempt.areaCode === '') return 'it has no number';
  if (Number.isNaN(at)) return 'it has no readable time';
  // Without a zone, the time would be taken for one in the zone of this machine.
  if (!zone.test(attempt.at)) return 'its time has no zone';
  if (attempt.number.length > 64) return tooLong('number', 64);
  if (isLonger(attempt.contactId, 128)) return tooLong('contact id', 128);
  if (isLonger(attempt.callId, 256)) return tooLong('call id', 256);
  if (isLonger(attempt.id, 256)) return tooLong('id', 256);
  return isLonger(attempt.extension, 64) ? tooLong('extension', 64) : undefined;
}

const isLonger = (text: string | undefined, most: number) =>
  text !== undefined && text.length > most;
const tooLong = (what: string, most: number) => `its ${what} has more than ${most} characters`;

const control = /[\u0000-\u001f\u007f]/;
const controls = /[\u0000-\u001f\u007f]/g;

/** Databases refuse U+0000, and no identifier has control characters. */
const clean = (text: string) => (control.test(text) ? text.replace(controls, ' ') : text).trim();
const cleanOrNull = (text: string | undefined) => {
  const cleaned = text === undefined ? '' : clean(text);
  return cleaned === '' ? null : cleaned;
};
