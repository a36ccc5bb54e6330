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

/** How many contacts a host passes per page when it sends a file. */
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

/** The contacts that the checks load. */
export const contacts = frozen(['1', '2', '3'].map(contactOf));

/** As many contacts as one exchange may carry; if it has no limit, more than a host passes per page. */
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

/** The personal data of these contacts, which must not be logged. */
export const personalData: readonly string[] = contacts.flatMap(({ name, cpf, phones }) => [
  name,
  cpf,
  ...phones.map(({ number }) => number),
]);

/** A contact that is never loaded. */
export const stranger = frozen(contactOf('4'));

const mailing: Mailing = frozen({
  mailingId: 'conformance-mailing',
  queue: '7',
  parameters: {},
  captures: {},
});

/** Contacts as a host passes them: in pages, and reading them again starts from the first. */
export const each = (given: readonly Contact[]): AsyncIterable<Contact> =>
  paged(async function* pages() {
    for (let from = 0; from < given.length; from += pageSize)
      yield given.slice(from, from + pageSize);
  });

export function loadOf({ features: { contactLoad } }: Adapter): ContactLoad {
  demand(contactLoad !== undefined, 'the adapter has no contactLoad');
  return contactLoad;
}

/** The mailing after `prepare`, which comes before its first exchange. */
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

/** For checks that count requests, because an adapter may send one request per number. */
export const withOneNumber = (given: readonly Contact[]) =>
  frozen(given.map((contact) => ({ ...contact, phones: contact.phones.slice(0, 1) })));

/**
 * Sends all contacts, in as many exchanges as they need.
 *
 * @returns the captures that a host then keeps with the mailing
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
