import type { WrittenPhone } from './value-forms.ts';

/** Position of a phone among a contact's phones, from 1; empty for the number of a call. */
export type PhoneIndex = number | '';

/** Whether the area code is to be part of the number, or has a place of its own in the request. */
export type AreaCodePlace = 'in the number' | 'elsewhere';

/** The expression, without braces, for a phone whose form the sample shows. */
export function phoneAsWritten(phone: WrittenPhone, index: PhoneIndex): string {
  const whole = index === '' ? 'phone' : `phones | at: "${index - 1}.phone"`;
  switch (phone.form) {
    case 'e164':
      return whole;
    case 'digits':
      return `${whole} | digits`;
    case 'withZero':
      return `${whole} | phone: "withZero"`;
    case 'national':
      return phoneInParts(index, 'in the number');
    case 'mask':
      return `${whole} | ${phone.isInternational ? 'digits' : 'phone: "national"'} | mask: "${phone.mask}"`;
  }
}

/** The expression, without braces, for a phone whose form the sample does not show. */
export function phoneInParts(index: PhoneIndex, areaCode: AreaCodePlace): string {
  return areaCode === 'elsewhere' ? `number${index}` : `areaCode${index} }}{{ number${index}`;
}
