import type { Contact, Parameters } from '@finaz-telephony/core';

const shortest = 4;

/**
 * The texts among the caller's own parameters: any of them may name a person. Numbers, and words so short that hiding them would make a log unreadable, name nobody.
 */
export function personalTexts(parameters: Parameters = {}): readonly string[] {
  return Object.values(parameters).flatMap((value) =>
    typeof value === 'string' && value.length >= shortest ? value : [],
  );
}

/**
 * What must not be seen of a telephone number, with whatever it is written: all but the area code and the ninth digit, which old systems do not have.
 */
export const personalNumber = (number: string): string => number.replace(/\D/g, '').slice(-8);

/** The same of a call, where its number is known and no extension. */
export const numberOf = ({ number = '' }: { readonly number?: string | undefined } = {}) =>
  [personalNumber(number)].filter((digits) => digits.length === 8);

/** Every value of a contact that must not be seen in a log. */
export function personalValues(contact: Contact): readonly string[] {
  const { name, cpf, phones, parameters } = contact;
  // Where a CPF is a number, the zeros before it are gone.
  const cpfs = [cpf, cpf.replace(/^0+/, '')];
  return [
    name,
    ...cpfs,
    ...phones.map(({ number }) => personalNumber(number)),
    ...personalTexts(parameters),
  ].filter((value) => value !== '');
}
