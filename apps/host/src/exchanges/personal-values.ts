import type { Contact, Parameters } from '@finaz-telephony/core';
import { shortestHidden } from './shortest-hidden.ts';

/** The strings in the caller's own parameters, because any of them may name a person. Numbers and very short strings identify nobody. */
export function personalTexts(parameters: Parameters = {}): readonly string[] {
  return Object.values(parameters).flatMap((value) =>
    typeof value === 'string' && value.length >= shortestHidden ? value : [],
  );
}

/**
 * The part of a telephone number to hide: its last eight digits. The area code identifies nobody, and old systems omit the ninth digit.
 */
export const personalNumber = (number: string): string => number.replace(/\D/g, '').slice(-8);

/** `personalNumber` of a call or message as a list, which is empty if the number is unknown or is an extension. */
export const personalNumbers = ({ number = '' }: { readonly number?: string | undefined } = {}) =>
  [personalNumber(number)].filter((digits) => digits.length === 8);

/** Every value of a contact that must not appear in a log. */
export function personalValues(contact: Contact): readonly string[] {
  const { name, cpf, phones, parameters } = contact;
  // A system that stores the CPF as a number drops its leading zeros.
  const cpfs = [cpf, cpf.replace(/^0+/, '')];
  return [
    name,
    ...cpfs,
    ...phones.map(({ number }) => personalNumber(number)),
    ...personalTexts(parameters),
  ].filter((value) => value !== '');
}
