import { parsePhone } from '@finaz-telephony/core';
import { isAreaCode } from '@finaz-telephony/core/host';

export interface DialedNumber {
  readonly areaCode: string;
  readonly number: string;
}

/** A dialed number as one text, by which it is found again: E.164 if it is Brazilian, otherwise as the vendor wrote it. */
export function joinNumber({ areaCode, number }: DialedNumber): string {
  if (isAreaCode(areaCode) && /^(?:9\d{8}|[2-5]\d{7})$/.test(number))
    return `+55${areaCode}${number}`;
  const { e164 } = parsePhone(number, { areaCode });
  return e164 ?? `${areaCode} ${number}`;
}

export function splitNumber(text: string): DialedNumber {
  const national = /^\+55(\d\d)(\d{8,9})$/.exec(text);
  if (national) {
    const [, areaCode = '', number = ''] = national;
    return { areaCode, number };
  }
  const blank = text.indexOf(' ');
  return { areaCode: text.slice(0, Math.max(0, blank)), number: text.slice(blank + 1) };
}
