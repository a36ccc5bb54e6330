import { expect, it } from 'vitest';
import { createLedger } from '../../src/mailings/ledger/ledger.ts';
import { expectRowsRead, mailingOfUnknownSize } from '../support/unknown-size.ts';

const size = 20_000;
const moved = 100;

it.skipIf(process.env['DATABASE_URL'] === undefined)(
  'moving contacts reads only about as many rows as it moves, even before the server has statistics (on PostgreSQL alone: npm run test:postgres)',
  async () => {
    const { store, ref } = await mailingOfUnknownSize(size);
    const moves = Array.from({ length: moved }, (_, index) => ({
      position: size / 2 + index,
      from: 'pending' as const,
      to: 'sending' as const,
      vendor: null,
    }));
    const ledger = createLedger(store);
    await expectRowsRead(store.db, moved, async () =>
      expect(await ledger.move({ mailingId: 'large', ref, fence: 1 }, moves, 1)).toBe('loading'),
    );
  },
);
