import { parsePhone } from '@finaz-telephony/core';
import { dialablePhone } from '@finaz-telephony/core/host';

/** A telephone number as a vendor writes it. */
export type WrittenPhone =
  | { readonly form: 'e164' | 'digits' | 'withZero' | 'national' }
  | { readonly form: 'mask'; readonly mask: string; readonly isInternational: boolean };

/** `undefined` if the text is not a Brazilian number that can be called, or has fewer than ten digits: those may mean anything. */
export function writtenPhone(text: string): WrittenPhone | undefined {
  const digits = text.replace(/\D/g, '');
  if (digits.length < 10 || digits.length > 14 || !/^[+\d() .-]+$/.test(text)) return undefined;
  const phone = dialablePhone(parsePhone(text), { allowAmbiguous: true });
  if (!phone) return undefined;
  const national = phone.areaCode + phone.number;
  if (text === `+55${national}`) return { form: 'e164' };
  if (text === `55${national}`) return { form: 'digits' };
  if (text === `0${national}`) return { form: 'withZero' };
  if (text === national) return { form: 'national' };
  if (digits !== national && digits !== `55${national}`) return undefined;
  return {
    form: 'mask',
    mask: text.replace(/\d/g, '#'),
    isInternational: digits !== national,
  };
}

/** How a vendor writes a moment, as a format for the filters `date` and `parseDate`. */
export interface WrittenMoment {
  readonly format: string;
  /** The text names its zone, or needs none. */
  readonly isAbsolute: boolean;
}

const momentForms: readonly (readonly [form: RegExp, written: WrittenMoment])[] = [
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, { format: 'iso', isAbsolute: true }],
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, { format: 'yyyy-MM-ddTHH:mm:ssZ', isAbsolute: true }],
  [
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/,
    { format: 'yyyy-MM-ddTHH:mm:ssXXX', isAbsolute: true },
  ],
  [/^1\d{9}$/, { format: 'epoch', isAbsolute: true }],
  [/^1\d{12}$/, { format: 'epochMs', isAbsolute: true }],
  [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/, { format: 'yyyy-MM-ddTHH:mm:ss', isAbsolute: false }],
  [/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/, { format: 'yyyy-MM-dd HH:mm:ss', isAbsolute: false }],
  [/^\d{4}-\d\d-\d\d \d\d:\d\d$/, { format: 'yyyy-MM-dd HH:mm', isAbsolute: false }],
  [/^\d{4}-\d\d-\d\d$/, { format: 'yyyy-MM-dd', isAbsolute: false }],
  [/^\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d$/, { format: 'dd/MM/yyyy HH:mm:ss', isAbsolute: false }],
  [/^\d\d\/\d\d\/\d{4} \d\d:\d\d$/, { format: 'dd/MM/yyyy HH:mm', isAbsolute: false }],
  [/^\d\d\/\d\d\/\d{4}$/, { format: 'dd/MM/yyyy', isAbsolute: false }],
  [/^20\d{12}$/, { format: 'yyyyMMddHHmmss', isAbsolute: false }],
  [/^20\d\d(?:0[1-9]|1[0-2])[0-3]\d$/, { format: 'yyyyMMdd', isAbsolute: false }],
];

export function writtenMoment(text: string): WrittenMoment | undefined {
  return momentForms.find(([form]) => form.test(text))?.[1];
}

/** A CPF by its form; whether its check digits are right does not matter in a sample. */
export const isWrittenCpf = (text: string): boolean => /^\d{3}\.\d{3}\.\d{3}-\d{2}$/.test(text);
