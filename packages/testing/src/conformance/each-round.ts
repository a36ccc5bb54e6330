import { mostRequests } from './interposed.ts';
import type { ConformanceVendor, ErasedSubject } from './subject.ts';

/**
 * Plays a rule in rounds, for instance one for each request of a work that may fail. Each round has a vendor of its own, of which nothing has been asked before.
 *
 * @param first the vendor of the first round; closed by whoever started it
 * @param run one round, counted from 1; resolves with `true` where there was nothing left to play
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
