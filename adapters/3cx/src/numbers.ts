import { formatPhone, parsePhone, TelephonyError, type FeatureName } from '@finaz-telephony/core';
import type { ThreeCxSettings } from './settings.ts';

/** An outside number as 3CX should dial it from this queue. */
export function dialedNumber(
  { dial }: ThreeCxSettings,
  queue: string,
  phone: { readonly areaCode: string; readonly number: string },
): string {
  return prefixOf(dial, queue) + formatPhone(phone, dial.form);
}

const prefixOf = (dial: ThreeCxSettings['dial'], queue: string) =>
  Object.hasOwn(dial.queues, queue) ? (dial.queues[queue] ?? '') : dial.prefix;

/** Shorter numbers are extensions and queues of the PBX. */
const shortestOutside = 8;

/** The destination of a transfer: an outside number, or an extension or queue of 3CX, which consist of digits. */
export function transferDestination(
  settings: ThreeCxSettings,
  queue: string,
  destination: string,
): string {
  const { kind, areaCode, number } = parsePhone(destination);
  if (areaCode !== undefined && number !== undefined)
    return dialedNumber(settings, queue, { areaCode, number });
  const digits = destination.replace(/[ ().-]/g, '');
  // A foreign number is refused: without its "+", it would be a different number here.
  if (kind !== 'intl' && /^[\d*#]{1,20}$/.test(digits))
    return digits.length < shortestOutside ? digits : prefixOf(settings.dial, queue) + digits;
  throw new TelephonyError({
    code: 'invalid_input',
    feature: 'transfer',
    message: 'The destination is no telephone number, extension or queue of 3CX.',
    hint: 'Send a Brazilian number with its area code, or the digits of an extension or queue.',
  });
}

/** An extension becomes part of an address: "../" must not lead elsewhere. */
export function safeExtension(extension: string, feature: FeatureName): string {
  if (/^[A-Za-z0-9*#_-]{1,40}$/.test(extension)) return extension;
  throw new TelephonyError({
    code: 'invalid_input',
    feature,
    message: 'The extension cannot be one of 3CX.',
    hint: 'It may have letters, digits, "*", "#", "_" and "-", and at most 40 of them.',
  });
}

const digitsOf = (text: string) => text.replace(/\D/g, '');
/** The digits of a line without its area code. */
const fewestDigits = 8;

/** Whether two texts mean the same number, with or without a prefix, an area code or a country code. */
export function isSameNumber(one: string, other: string): boolean {
  const [short = '', long = ''] = [digitsOf(one), digitsOf(other)].toSorted(
    (a, b) => a.length - b.length,
  );
  return short.length >= fewestDigits && long.endsWith(short);
}

/** The last eight digits: the same in every dialing format. `undefined` for an extension. */
export function lineOf(number: string): string | undefined {
  const digits = digitsOf(number);
  return digits.length < fewestDigits ? undefined : digits.slice(-fewestDigits);
}

/** Area code and line, which end a number in every dialing format. */
export function nationalDigits(number: string): string {
  const { areaCode, number: line } = parsePhone(number);
  return areaCode === undefined || line === undefined ? digitsOf(number) : areaCode + line;
}
