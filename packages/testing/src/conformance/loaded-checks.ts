import { createTestContext } from '../test-context.ts';
import { adapterOf, demand, has, type ConformanceCheck } from './check.ts';
import { contacts, loadOf, prepared, sendAll, stranger } from './mailing-work.ts';

const ids = contacts.map(({ contactId }) => contactId);

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
      const there = vendor.loadedContacts().join(', ');
      demand(there === ids.join(', '), `sent were ${ids.join(', ')}, and the vendor has ${there}`);
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
