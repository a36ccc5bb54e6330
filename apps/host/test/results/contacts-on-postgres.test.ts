import { describe, expect, it } from 'vitest';
import { createMailingContacts } from '../../src/results/mailing-contacts.ts';
import { contactIdOf, expectRowsRead, mailingOfUnknownSize } from '../support/unknown-size.ts';

const size = 20_000;
const reported = 500;
const named = Array.from({ length: reported }, (_, index) => size / 2 + index);

const sizes = [
  { known: 'has statistics', earlier: 0 },
  { known: 'knows of this mailing, and not only of an earlier one', earlier: 10_000 },
];

describe.skipIf(process.env['DATABASE_URL'] === undefined)(
  'contacts of a report (on PostgreSQL alone: npm run test:postgres)',
  () => {
    it.each(sizes)(
      'looking for the strangers of a report reads only about as many contacts as it names, even before the server $known',
      async ({ earlier }) => {
        const { store, ref } = await mailingOfUnknownSize(size, { earlier });
        const { strangers } = createMailingContacts(store);
        const asked = [...named.map(contactIdOf), 'x-1'];
        await expectRowsRead(store.db, reported, async () =>
          expect(await strangers(ref, asked)).toEqual(new Set(['x-1'])),
        );
      },
    );

    it.each(sizes)(
      'looking for the contacts with the numbers of a report reads only about as many contacts as have them, even before the server $known',
      async ({ earlier }) => {
        const { store, ref } = await mailingOfUnknownSize(size, { earlier });
        const { byNumber } = createMailingContacts(store);
        const hashes = named.map((position) => position.toString(16).padStart(13, '0'));
        await expectRowsRead(store.db, reported, async () => {
          const found = await byNumber(ref, hashes);
          expect([...found.values()]).toEqual(named.map((position) => [contactIdOf(position)]));
        });
      },
    );
  },
);
