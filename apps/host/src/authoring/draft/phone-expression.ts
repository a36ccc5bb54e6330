import type { WrittenPhone } from './value-forms.ts';

/** The place of a phone of a contact, from 1; empty for the number of a call. */
export type PhoneIndex = number | '';

/** A number as a sample has it, area code and all. Goes between braces. */
export function wholeNumber(phone: WrittenPhone, index: PhoneIndex): string {
  const whole = index === '' ? 'phone' : `phones | at: "${index - 1}.phone"`;
  switch (phone.form) {
    case 'e164':
      return whole;
    case 'digits':
      return `${whole} | digits`;
    case 'withZero':
      return `${whole} | phone: "withZero"`;
    case 'national':
      return lineNumber(index, false);
    case 'mask':
      return `${whole} | ${phone.isInternational ? 'digits' : 'phone: "national"'} | mask: "${phone.mask}"`;
  }
}

/** A number where no sample tells its form: where the area code stands somewhere else, without it. */
export function lineNumber(index: PhoneIndex, hasAreaCode: boolean): string {
  return hasAreaCode ? `number${index}` : `areaCode${index} }}{{ number${index}`;
}
