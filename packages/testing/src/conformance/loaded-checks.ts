import {
  parsePhone,
  TelephonyError,
  type ContactLoadResult,
  type ContactPhone,
} from '@finaz-telephony/core';
import { createTestContext } from '../test-context.ts';
import { adapterOf, demand, has, needs, thrownBy, type ConformanceCheck } from './check.ts';
import {
  contacts,
  each,
  fullExchange,
  loadOf,
  prepared,
  send,
  sendAll,
  stranger,
} from './mailing-work.ts';

const idsOf = (list: readonly { readonly contactId: string }[]) =>
  list.map(({ contactId }) => contactId);
const ids = idsOf(contacts);
const e164Of = ({ areaCode, number }: ContactPhone) => parsePhone(number, { areaCode }).e164;

/** The first contact: the one that is sent if an exchange holds only one. */
const refused = 'conformance-1';

/** `loadedContacts` shows the queue 7, and not this one, which need not exist at the vendor. */
const otherQueue = '8';

/** If an exchange has one contact, the adapter may throw the refusal instead of returning it. */
function asRejected(error: unknown): Pick<ContactLoadResult, 'rejected'> {
  const isRefusal = TelephonyError.isInstance(error) && error.code === 'refused';
  if (!isRefusal) throw error;
  return { rejected: [{ contactId: refused, vendor: error.vendor ?? {} }] };
}

/** The checks of what is at the vendor after a load. */
export const loadedChecks: readonly ConformanceCheck[] = [
  {
    name: 'contactLoad brings each contact once, in the order of the mailing',
    applies: has('contactLoad'),
    async run(subject, vendor) {
      needs(vendor, 'loadedContacts');
      const load = loadOf(adapterOf(subject, vendor));
      const context = createTestContext();
      await sendAll(load, await prepared(load, context), context);
      const loaded = vendor.loadedContacts();
      const there = idsOf(loaded).join(', ');
      demand(there === ids.join(', '), `${ids.join(', ')} were sent, and the vendor has ${there}`);
      for (const [at, { numbers }] of loaded.entries()) {
        const sent = contacts[at]?.phones.slice(0, load.mostPhones).map(e164Of) ?? [];
        demand(
          sent.join() === numbers.map((number) => parsePhone(number).e164).join(),
          `of ${ids[at] ?? ''} the numbers ${sent.join(', ')} were sent, and the vendor would dial ${numbers.join(', ')}: a number is lost, or belongs to somebody else; if the vendor takes fewer than five numbers, set mostPhones`,
        );
      }
    },
  },
  {
    name: 'contactLoad brings all contacts of an exchange that is full',
    applies: ({ features: { contactLoad } }) =>
      contactLoad !== undefined && contactLoad.unit !== 'contact',
    async run(subject, vendor) {
      needs(vendor, 'loadedContacts');
      const load = loadOf(adapterOf(subject, vendor));
      const context = createTestContext();
      const given = fullExchange(load);
      await send(load, await prepared(load, context), context, given);
      const there = vendor.loadedContacts();
      const longer = there.length > given.length ? there : given;
      const at = longer.findIndex(
        (_, index) => there[index]?.contactId !== given[index]?.contactId,
      );
      demand(
        at < 0,
        `${given.length} contacts were sent at once, and the vendor has ${there.length}; where ${given[at]?.contactId ?? 'nobody'} should be, it has ${there[at]?.contactId ?? 'nobody'}`,
      );
    },
  },
  {
    name: 'contactLoad brings contacts to the queue of the mailing, and to no other',
    applies: has('contactLoad'),
    async run(subject, vendor) {
      needs(vendor, 'loadedContacts');
      const load = loadOf(adapterOf(subject, vendor));
      const context = createTestContext();
      // A vendor without this queue refuses the load.
      await thrownBy(
        prepared(load, context, otherQueue).then((mailing) => sendAll(load, mailing, context)),
      );
      const there = idsOf(vendor.loadedContacts());
      demand(
        there.length === 0,
        `a mailing was sent to the queue ${otherQueue}, and the vendor has ${there.join(', ')} in the queue 7: they would be called by the operators of another mailing; where the system has one queue, throw not_found for any other`,
      );
    },
  },
  {
    name: 'contactLoad brings all of its contacts even if the vendor has ended the login before',
    applies: has('contactLoad'),
    async run(subject, vendor) {
      needs(vendor, 'loadedContacts');
      needs(vendor, 'endLogins');
      const adapter = adapterOf(subject, vendor);
      const load = loadOf(adapter);
      const context = createTestContext();
      await adapter.checkCredentials?.(context);
      const mailing = await prepared(load, context);
      vendor.endLogins();
      await sendAll(load, mailing, context);
      const there = idsOf(vendor.loadedContacts());
      demand(
        there.join() === ids.join(),
        `the vendor had ended the login, and of ${ids.join(', ')} it has ${there.length === 0 ? 'none' : there.join(', ')}: when you repeat a request after a new login, begin with the first contact again`,
      );
    },
  },
  {
    name: 'contactLoad that is repeatable leaves each contact there once where it is sent again',
    applies: ({ features }) => features.contactLoad?.repeatable === true,
    async run(subject, vendor) {
      needs(vendor, 'loadedContacts');
      const load = loadOf(adapterOf(subject, vendor));
      const mailing = await prepared(load, createTestContext());
      for (let times = 1; times <= 2; times += 1) await sendAll(load, mailing, createTestContext());
      const there = idsOf(vendor.loadedContacts());
      demand(
        there.length === new Set(there).size,
        `after the same load was sent twice, the vendor has ${there.join(', ')}: they would be called twice, because a host repeats a repeatable load whose answer was lost; set repeatable: false`,
      );
    },
  },
  {
    name: "contactLoad names the contact that the vendor has refused, with the vendor's words",
    applies: has('contactLoad'),
    async run(subject, vendor) {
      needs(vendor, 'refuseContact');
      const load = loadOf(adapterOf(subject, vendor));
      const mailing = await prepared(load, createTestContext());
      const { words } = vendor.refuseContact(refused);
      const { rejected } = await send(load, mailing, createTestContext()).catch(asRejected);
      const told = idsOf(rejected).join(', ');
      demand(
        told === refused,
        `the vendor refused ${refused}, and rejected names ${told === '' ? 'nobody' : told}; a refused contact that it does not name counts as loaded, and is never dialed`,
      );
      demand(
        JSON.stringify(rejected).includes(words),
        `rejected does not give the vendor's words for ${refused} (${words})`,
      );
    },
  },
  {
    name: 'contactClear leaves nobody of the last load in the queue',
    applies: ({ features }) =>
      features.contactClear !== undefined && features.contactLoad !== undefined,
    async run(subject, vendor) {
      needs(vendor, 'loadedContacts');
      const adapter = adapterOf(subject, vendor);
      const load = loadOf(adapter);
      const context = createTestContext();
      const mailing = await prepared(load, context);
      const captures = await sendAll(load, mailing, context);
      const { queue, parameters } = mailing;
      const previous = { mailing: { ...mailing, captures }, contacts: () => each(contacts) };
      await adapter.features.contactClear?.({ queue, parameters, previous }, context);
      const there = idsOf(vendor.loadedContacts());
      demand(
        there.length === 0,
        `the queue was cleared, and the vendor still has ${there.join(', ')}: they would be called by the next mailing too`,
      );
    },
  },
  {
    name: 'contactClear empties the queue that it is given, and no other',
    applies: ({ features }) =>
      features.contactClear !== undefined && features.contactLoad !== undefined,
    async run(subject, vendor) {
      needs(vendor, 'loadedContacts');
      const adapter = adapterOf(subject, vendor);
      const load = loadOf(adapter);
      const context = createTestContext();
      await sendAll(load, await prepared(load, context), context);
      const { contactClear } = adapter.features;
      await thrownBy(
        Promise.resolve(contactClear?.({ queue: otherQueue, parameters: {} }, context)),
      );
      const there = idsOf(vendor.loadedContacts());
      demand(
        there.join() === ids.join(),
        `the queue ${otherQueue} was cleared, and of ${ids.join(', ')} in the queue 7 the vendor has ${there.length === 0 ? 'none' : there.join(', ')}: the others would never be called; where the system can only empty all of its queues, leave contactClear out`,
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
