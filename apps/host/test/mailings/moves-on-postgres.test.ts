import { expect, it } from 'vitest';
import { createLedger } from '../../src/mailings/ledger/ledger.ts';
import { expectRowsRead, mailingOfUnknownSize } from '../support/unknown-size.ts';

const size = 20_000;

it.skipIf(process.env['DATABASE_URL'] === undefined).each([
  ['neighbours', 100, (index: number) => size / 2 + index],
  // As a person names them, or a telephone system that refuses them.
  ['many, in whatever order', 4000, (index: number) => 1 + ((index * 7919) % size)],
] as const)(
  'moving contacts reads only about as many rows as it moves, even before the server has statistics: %s (on PostgreSQL alone: npm run test:postgres)',
  async (_, moved, positionOf) => {
    const { store, ref } = await mailingOfUnknownSize(size);
    const moves = Array.from({ length: moved }, (__, index) => ({
      position: positionOf(index),
      from: 'pending' as const,
      to: 'failed' as const,
      vendor: null,
    }));
    const ledger = createLedger(store);
    await expectRowsRead(store.db, moved, async () =>
      expect(await ledger.move({ mailingId: 'large', ref, fence: 1 }, moves, 1)).toBe('loading'),
    );
  },
);
