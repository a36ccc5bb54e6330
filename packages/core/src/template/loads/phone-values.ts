import type { Contact, ContactPhone } from '../../values/contact.ts';
import { parsePhone } from '../../values/phone-number.ts';

/** A phone as templates see it. */
export interface PhoneValue {
  readonly areaCode: string;
  readonly number: string;
  /** `+5511987654321` */
  readonly phone: string;
  /** Area code and number. */
  readonly national: string;
  /** From 1. */
  readonly index: number;
}

/** An item of a batch, or one line of a file: a contact, or one of its phones. */
export type Item = Readonly<Record<string, unknown>>;

/** @param place counted from 0 */
export function phoneValue({ areaCode, number }: ContactPhone, place: number): PhoneValue {
  return {
    areaCode,
    number,
    phone: parsePhone(number, { areaCode }).e164 ?? `${areaCode}${number}`,
    national: `${areaCode}${number}`,
    index: place + 1,
  };
}

export const phoneValues = (phones: readonly ContactPhone[]): PhoneValue[] =>
  phones.map(phoneValue);

/** The manual's parameters of a contact, and its phones as a list. */
export function contactValues(contact: Contact): Record<string, unknown> {
  const phones = phoneValues(contact.phones);
  const values: Record<string, unknown> = {
    contactId: contact.contactId,
    name: contact.name,
    cpf: contact.cpf,
    phones,
  };
  for (const { areaCode, number, phone, index } of phones) {
    values[`areaCode${index}`] = areaCode;
    values[`number${index}`] = number;
    values[`phone${index}`] = phone;
  }
  return values;
}

/** A contact as one item, or an item for each of its phones. */
export function itemsOf(contact: Contact, count: 'contacts' | 'phones'): Item[] {
  const values = { ...contactValues(contact), parameters: contact.parameters ?? {} };
  return count === 'contacts'
    ? [values]
    : phoneValues(contact.phones).map((phone) => ({ ...values, ...phone }));
}

/** `phone2` and `number2`, or the same one of the list: `phones[1]`. */
const namedPhone = /^(?:(?:areaCode|number|phone)(?<number>[1-5])|phones\[(?<index>[0-4])\])$/;

/** For how many phones a request has room: those that it names by position. `undefined` if it takes any number of them. */
export function roomForPhones(reads: Iterable<string>): number | undefined {
  let room: number | undefined;
  for (const name of reads) {
    const { number, index } = namedPhone.exec(name)?.groups ?? {};
    const place = Number(number ?? Number(index) + 1);
    if (place > 0) room = Math.max(room ?? 0, place);
    else if (name.startsWith('phones')) return undefined;
  }
  return room;
}
