import type { Contact } from '../../values/contact.ts';
import { phoneValue, phoneValues } from './phone-values.ts';

/**
 * A value of a contact, or of one of its phones, counted from 0.
 *
 * @param ofMailing the parameters of its mailing
 */
type Reader = (contact: Contact, place: number, ofMailing?: unknown) => unknown;

const phoneAt: Reader = ({ phones }, place) => {
  const phone = phones[place];
  return phone && phoneValue(phone, place).phone;
};

const nationalAt: Reader = ({ phones }, place) => {
  const phone = phones[place];
  return phone && phoneValue(phone, place).national;
};

const ofFive = (name: string, read: Reader): Readonly<Record<string, Reader>> =>
  Object.fromEntries(
    [0, 1, 2, 3, 4].map((place) => [`${name}${place + 1}`, (contact) => read(contact, place)]),
  );

const areaCodeAt: Reader = ({ phones }, place) => phones[place]?.areaCode;
const numberAt: Reader = ({ phones }, place) => phones[place]?.number;

/** The values of `itemsOf`, one by one. */
const readers: Readonly<Record<string, Reader>> = {
  contactId: ({ contactId }) => contactId,
  name: ({ name }) => name,
  cpf: ({ cpf }) => cpf,
  // The contact's own parameters take precedence over those of its mailing.
  parameters: ({ parameters }, _, ofMailing) => Object.assign({}, ofMailing, parameters),
  phones: ({ phones }) => phoneValues(phones),
  areaCode: areaCodeAt,
  number: numberAt,
  phone: phoneAt,
  national: nationalAt,
  index: (_, place) => place + 1,
  ...ofFive('areaCode', areaCodeAt),
  ...ofFive('number', numberAt),
  ...ofFive('phone', phoneAt),
};

/**
 * Replaces the previous item's values by those of this one, limited to the values that are read at all: in a file of a million lines, a full list per
 * line costs several times its text.
 *
 * @param reads names of variables, as `variablesOf` gives them
 */
export function itemWriter(
  reads: Iterable<string>,
): (values: Record<string, unknown>, contact: Contact, place: number, ofMailing?: unknown) => void {
  const roots = new Set(Array.from(reads, (name) => /^\w*/.exec(name)?.[0]));
  const read = Object.entries(readers).filter(([name]) => roots.has(name));
  return (values, contact, place, ofMailing) => {
    for (const [name, reader] of read) values[name] = reader(contact, place, ofMailing);
  };
}
