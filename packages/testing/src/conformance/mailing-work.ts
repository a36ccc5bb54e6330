import type {
  Adapter,
  AdapterContext,
  Captures,
  Contact,
  ContactLoad,
  ContactLoadResult,
  Mailing,
} from '@finaz-telephony/core';
import { demand } from './check.ts';
import { frozen } from './frozen.ts';

const contactOf = (digit: string): Contact => ({
  contactId: `conformance-${digit}`,
  name: `Contato ${digit}`,
  cpf: '11144477735',
  phones: [
    { areaCode: '41', number: `99999000${digit}` },
    { areaCode: '11', number: `3333000${digit}` },
  ],
});

/** What is loaded. */
export const contacts = frozen(['1', '2', '3'].map(contactOf));

/** One that is never loaded. */
export const stranger = frozen(contactOf('4'));

const mailing: Mailing = frozen({
  mailingId: 'conformance-mailing',
  queue: '7',
  parameters: {},
  captures: {},
});

/** As a host passes them: reading them again starts from the first. */
export const each = (given: readonly Contact[]): AsyncIterable<Contact> => ({
  async *[Symbol.asyncIterator]() {
    yield* given;
  },
});

export function loadOf({ features: { contactLoad } }: Adapter): ContactLoad {
  demand(contactLoad !== undefined, 'the adapter has no contactLoad');
  return contactLoad;
}

/** The mailing after the steps before its first exchange. */
export async function prepared(
  load: ContactLoad | undefined,
  context: AdapterContext,
): Promise<Mailing> {
  const step = await load?.prepare?.(mailing, context);
  return frozen({ ...mailing, captures: { ...mailing.captures, ...step?.captures } });
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
