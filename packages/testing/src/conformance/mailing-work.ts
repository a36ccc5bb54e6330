import {
  paged,
  type Adapter,
  type AdapterContext,
  type Captures,
  type Contact,
  type ContactLoad,
  type ContactLoadResult,
  type Mailing,
} from '@finaz-telephony/core';
import { demand } from './check.ts';
import { frozen } from './frozen.ts';

/** Contacts of a page, as a host passes a file. */
const pageSize = 1000;

const contactOf = (digit: string): Contact => ({
  contactId: `conformance-${digit}`,
  name: `Contato ${digit}`,
  cpf: '11144477735',
  phones: [
    // Where the vendor server of this package dials, the first number is not answered, and the second is.
    { areaCode: '41', number: `9999900${digit}0` },
    { areaCode: '11', number: `3333000${digit}` },
  ],
});

/** What is loaded. */
export const contacts = frozen(['1', '2', '3'].map(contactOf));

/** More than a page of those that a host passes, where a mailing is one exchange; otherwise what one exchange may carry. */
export function fullExchange({ unit, batch }: ContactLoad): readonly Contact[] {
  const many = Array.from({ length: pageSize + 200 }, (_, index) => ({
    ...contactOf(`${index + 1}`),
    phones: [{ areaCode: '41', number: `99${String(index).padStart(7, '0')}` }],
  }));
  if (unit === 'mailing' || batch === undefined) return frozen(many);
  let weight = 0;
  const end = many.findIndex((contact) => (weight += batch.weigh(contact)) > batch.size);
  return frozen(end < 0 ? many : many.slice(0, end));
}

/** What must not be logged of them. */
export const personalData: readonly string[] = contacts.flatMap(({ name, cpf, phones }) => [
  name,
  cpf,
  ...phones.map(({ number }) => number),
]);

/** One that is never loaded. */
export const stranger = frozen(contactOf('4'));

const mailing: Mailing = frozen({
  mailingId: 'conformance-mailing',
  queue: '7',
  parameters: {},
  captures: {},
});

/** As a host passes them: in pages, and reading them again starts from the first. */
export const each = (given: readonly Contact[]): AsyncIterable<Contact> =>
  paged(async function* pages() {
    for (let from = 0; from < given.length; from += pageSize)
      yield given.slice(from, from + pageSize);
  });

export function loadOf({ features: { contactLoad } }: Adapter): ContactLoad {
  demand(contactLoad !== undefined, 'the adapter has no contactLoad');
  return contactLoad;
}

/** The mailing after the steps before its first exchange. */
export async function prepared(
  load: ContactLoad | undefined,
  context: AdapterContext,
  queue = mailing.queue,
): Promise<Mailing> {
  const of = frozen({ ...mailing, queue });
  const step = await load?.prepare?.(of, context);
  return frozen({ ...of, captures: { ...of.captures, ...step?.captures } });
}

export const ofOneExchange = ({ unit }: ContactLoad) =>
  unit === 'contact' ? contacts.slice(0, 1) : contacts;

export const send = (
  load: ContactLoad,
  of: Mailing,
  context: AdapterContext,
  given: readonly Contact[] = ofOneExchange(load),
): Promise<ContactLoadResult> => load.send({ mailing: of, contacts: each(given) }, context);

/** If requests are counted: an adapter may send one per number. */
export const withOneNumber = (given: readonly Contact[]) =>
  frozen(given.map((contact) => ({ ...contact, phones: contact.phones.slice(0, 1) })));

/**
 * All of them, in as many exchanges as they take.
 *
 * @returns what is kept with the mailing then
 */
export async function sendAll(
  load: ContactLoad,
  of: Mailing,
  context: AdapterContext,
): Promise<Captures> {
  const captures = { ...of.captures };
  const exchanges = load.unit === 'contact' ? contacts.map((contact) => [contact]) : [contacts];
  for (const given of exchanges)
    Object.assign(captures, (await send(load, of, context, given)).captures);
  return captures;
}
