import { mostRequests } from './interposed.ts';
import type { ConformanceVendor, ErasedSubject } from './subject.ts';

/**
 * Runs a check in rounds, for instance one per request of an operation that may fail. Each round has its own fresh vendor.
 *
 * @param first the vendor of the first round; closed by the caller
 * @param run one round, counted from 1; resolves with `true` when there is nothing left to run
 */
export async function eachRound(
  subject: ErasedSubject,
  first: ConformanceVendor,
  run: (round: number, vendor: ConformanceVendor) => Promise<boolean>,
): Promise<void> {
  for (let round = 1; round <= mostRequests; round += 1) {
    const own = round === 1 ? first : await subject.startVendor();
    try {
      if (await run(round, own)) return;
    } finally {
      if (own !== first) await own.close();
    }
  }
}

/** Runs a check once per item, each with its own fresh vendor. */
export const eachOf = <Item>(
  subject: ErasedSubject,
  first: ConformanceVendor,
  items: readonly Item[],
  run: (item: Item, vendor: ConformanceVendor) => Promise<void>,
): Promise<void> =>
  eachRound(subject, first, async (round, own) => {
    const item = items[round - 1];
    if (item !== undefined) await run(item, own);
    return round >= items.length;
  });
