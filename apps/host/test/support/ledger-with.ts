import type * as LedgerModule from '../../src/mailings/ledger/ledger.ts';
import type { Ledger } from '../../src/mailings/ledger/ledger.ts';

/** For `vi.mock` of `ledger.ts`: the ledger with some of its functions replaced. */
export async function ledgerWith(
  original: () => Promise<typeof LedgerModule>,
  change: (ledger: Ledger) => Partial<Ledger>,
): Promise<typeof LedgerModule> {
  const { createLedger, ...others } = await original();
  return {
    ...others,
    createLedger: (...args) => {
      const ledger = createLedger(...args);
      return { ...ledger, ...change(ledger) };
    },
  };
}
