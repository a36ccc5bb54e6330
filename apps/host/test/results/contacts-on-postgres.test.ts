import { expect, it } from 'vitest';
import { createMailingContacts } from '../../src/results/mailing-contacts.ts';
import { expectRowsRead, mailingOfUnknownSize } from '../support/unknown-size.ts';

const size = 50_000;
const reported = 500;

it.skipIf(process.env['DATABASE_URL'] === undefined)(
  'looking for the strangers of a report reads only about as many contacts as it names, even before the server has statistics (on PostgreSQL alone: npm run test:postgres)',
  async () => {
    const { store, ref } = await mailingOfUnknownSize(size);
    const { strangers } = createMailingContacts(store);
    const named = Array.from({ length: reported }, (_, index) => `c-${size / 2 + index}`);
    await expectRowsRead(store.db, reported, async () =>
      expect(await strangers(ref, [...named, 'x-1'])).toEqual(new Set(['x-1'])),
    );
  },
);
