import { mostRequests } from './interposed.ts';
import type { ConformanceVendor, ErasedSubject } from './subject.ts';

/** The first request of a work is meddled with, the second, and so on, each time with a vendor that nothing has been asked of. @param run whether that was beyond the last */
export async function eachRound(
  subject: ErasedSubject,
  first: ConformanceVendor,
  run: (position: number, vendor: ConformanceVendor) => Promise<boolean>,
): Promise<void> {
  for (let position = 1; position <= mostRequests; position += 1) {
    const own = position === 1 ? first : await subject.startVendor();
    try {
      if (await run(position, own)) return;
    } finally {
      if (own !== first) await own.close();
    }
  }
}
