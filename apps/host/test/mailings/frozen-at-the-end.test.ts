// A host that is frozen when the telephone system has received every line of a file, but not yet its end.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { startHostWithAdapter } from '../support/host-with-adapter.ts';
import { contacts, isIn, sendMailing, until } from '../support/mailings.ts';

// How long a telephone system without an answer is left alone is not what is tested.
vi.mock('../../src/mailings/load/leave-alone.ts', () => ({ leaveAlone: async () => undefined }));
/** A read that finds no further contact ends only after `at`. */
const freeze = vi.hoisted(() => ({ at: Promise.resolve() }));
vi.mock(import('../../src/mailings/ledger/ledger.ts'), async (original) => {
  const { ledgerWith } = await import('../support/ledger-with.ts');
  return ledgerWith(original, (ledger) => ({
    read: async (...asked) => {
      const rows = await ledger.read(...asked);
      if (rows.length === 0) await freeze.at;
      return rows;
    },
  }));
});

afterEach(() => vi.restoreAllMocks());

const readingAll = `() => ({ features: { contactLoad: {
  unit: 'mailing', repeatable: true,
  send: async ({ contacts }) => {
    let count = 0;
    try {
      for await (const _ of contacts) globalThis.acme.got((count += 1));
    } catch (error) {
      globalThis.acme.files.push('broken');
      throw error;
    }
    globalThis.acme.files.push(count);
    return { rejected: [] };
  },
} } })`;

it('a host frozen before the end of a file breaks the file off: another host may have sent it whole meanwhile', async () => {
  const monotonic = performance.now.bind(performance);
  let skipped = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => monotonic() + skipped);
  const all = Promise.withResolvers<void>();
  freeze.at = all.promise.then(async () => {
    await nextTurn();
    skipped = 20_000;
  });
  const files: (number | 'broken')[] = [];
  const got = (count: number) => count === 2 && all.resolve();
  Reflect.set(globalThis, 'acme', { files, got });
  const host = await startHostWithAdapter(readingAll, 'contactLoad');
  const id = await sendMailing(host, contacts(2));
  expect(await until(host, id, isIn('active'))).toMatchObject({ sent: 2 });
  expect(files).toEqual(['broken', 2]);
});
