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

/** Every value of a contact that must not be seen in a log. */
export function personalValues(contact: Contact): readonly string[] {
  return [
    contact.name,
    contact.cpf,
    ...contact.phones.flatMap(({ areaCode, number }) => [`${areaCode}${number}`, number]),
    ...personalTexts(contact.parameters),
  ].filter((value) => value !== '');
}
