import type { Contact, Parameters } from '@finaz-telephony/core';
import { shortestHidden } from './shortest-hidden.ts';

/** The texts in the caller's own parameters, because any of them may name a person. Numbers and very short words name nobody. */
export function personalTexts(parameters: Parameters = {}): readonly string[] {
  return Object.values(parameters).flatMap((value) =>
    typeof value === 'string' && value.length >= shortestHidden ? value : [],
  );
}

/**
 * The part of a telephone number that must not be seen: its last eight digits. The area code tells of nobody, and old systems leave out the ninth digit.
 */
export const personalNumber = (number: string): string => number.replace(/\D/g, '').slice(-8);

/** The same of a call or a message, as a list: empty where its number is not known, or is an extension. */
export const personalNumbers = ({ number = '' }: { readonly number?: string | undefined } = {}) =>
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
