import {
  parsePhone,
  TelephonyError,
  type ContactLoadResult,
  type ContactPhone,
} from '@finaz-telephony/core';
import { createTestContext } from '../test-context.ts';
import { adapterOf, demand, has, type ConformanceCheck } from './check.ts';
import { contacts, loadOf, prepared, send, sendAll, stranger } from './mailing-work.ts';

const ids = contacts.map(({ contactId }) => contactId);
const e164Of = ({ areaCode, number }: ContactPhone) => parsePhone(number, { areaCode }).e164;

/** The first, which an exchange of one contact has. */
const refused = 'conformance-1';

/** Where an exchange has one contact, its refusal may be thrown. */
function asRejected(error: unknown): Pick<ContactLoadResult, 'rejected'> {
  const isRefusal = TelephonyError.isInstance(error) && error.code === 'refused';
  if (!isRefusal) throw error;
  return { rejected: [{ contactId: refused, vendor: error.vendor ?? {} }] };
}

/** The rules of what lies at the vendor after a load. */
export const loadedChecks: readonly ConformanceCheck[] = [
  {
    name: 'contactLoad brings each contact once, in the order of the mailing',
    applies: has('contactLoad'),
    async run(subject, vendor) {
      if (vendor.loadedContacts === undefined) return;
      const load = loadOf(adapterOf(subject, vendor));
      const context = createTestContext();
      await sendAll(load, await prepared(load, context), context);
      const loaded = vendor.loadedContacts();
      const there = loaded.map(({ contactId }) => contactId).join(', ');
      demand(there === ids.join(', '), `sent were ${ids.join(', ')}, and the vendor has ${there}`);
      for (const [at, { numbers }] of loaded.entries()) {
        const sent = contacts[at]?.phones.slice(0, load.mostPhones).map(e164Of) ?? [];
        demand(
          sent.join() === numbers.map((number) => parsePhone(number).e164).join(),
          `of ${ids[at] ?? ''} the numbers ${sent.join(', ')} were sent, and the vendor would dial ${numbers.join(', ')}: a number is lost, or is that of somebody else; where it takes fewer than five, say so by mostPhones`,
        );
      }
    },
  },
  {
    name: 'contactLoad leaves each contact once where it is sent again, if it says that it may be',
    applies: ({ features }) => features.contactLoad?.repeatable === true,
    async run(subject, vendor) {
      if (vendor.loadedContacts === undefined) return;
      const load = loadOf(adapterOf(subject, vendor));
      const mailing = await prepared(load, createTestContext());
      for (let times = 1; times <= 2; times += 1) await sendAll(load, mailing, createTestContext());
      const there = vendor.loadedContacts().map(({ contactId }) => contactId);
      demand(
        there.length === new Set(there).size,
        `sent twice, the vendor has ${there.join(', ')}: these would be called twice, for where an answer was lost a host sends again what is repeatable; say repeatable: false`,
      );
    },
  },
  {
    name: 'contactLoad tells of a contact that the vendor has refused, in its words',
    applies: has('contactLoad'),
    async run(subject, vendor) {
      if (vendor.refuseContact === undefined) return;
      const load = loadOf(adapterOf(subject, vendor));
      const mailing = await prepared(load, createTestContext());
      const { words } = vendor.refuseContact(refused);
      const { rejected } = await send(load, mailing, createTestContext()).catch(asRejected);
      const told = rejected.map(({ contactId }) => contactId).join(', ');
      demand(
        told === refused,
        `the vendor refused ${refused}, and told as refused is ${told === '' ? 'nobody' : told}; who counts as loaded is never dialed`,
      );
      demand(
        JSON.stringify(rejected).includes(words),
        `what is told of ${refused} does not hold the vendor's words (${words})`,
      );
    },
  },
  {
    name: 'contactLoad.find tells contacts that are there from one that is not',
    applies: ({ features }) => features.contactLoad?.find !== undefined,
    async run(subject, vendor) {
      const load = loadOf(adapterOf(subject, vendor));
      const context = createTestContext();
      const mailing = await prepared(load, context);
      await sendAll(load, mailing, context);
      const found = await load.find?.(mailing, [...contacts, stranger], context);
      for (const id of ids)
        demand(
          found?.has(id) === true,
          `${id} was loaded and is not found; it would be sent again`,
        );
      demand(
        found?.has(stranger.contactId) !== true,
        `${stranger.contactId} was never loaded and is found; it would never be dialed`,
      );
    },
  },
];
