import { afterAll, afterEach, beforeEach, describe, it } from 'vitest';
import { NotChecked } from './check.ts';
import { conformanceChecks } from './checks.ts';
import { erased, type ConformanceSubject, type ConformanceVendor } from './subject.ts';

export type { ConformanceSubject, ConformanceVendor } from './subject.ts';
export { startConformanceVendor } from './vendor.ts';

const onlyWayOut =
  'an adapter sends its requests through context.fetch only, and this one called the global fetch';

/** Many checks wait until something is given up or retried: longer than a test runner's default of five seconds. */
const longestMs = 120_000;

/**
 * Registers the conformance suite for an adapter: one test per applicable check, each with its own vendor. Features are
 * detected from the adapter; there is nothing to switch off. A check that needs a missing part of the vendor is skipped, and listed with the reason.
 *
 * @example
 * conformanceTests({
 *   definition: acme,
 *   startVendor: startAcmeSimulator,
 *   settings: (url) => ({ baseUrl: url, apiKey: 'right' }),
 *   settingsWithWrongCredentials: (url) => ({ baseUrl: url, apiKey: 'wrong' }),
 * });
 */
export function conformanceTests<Settings>(given: ConformanceSubject<Settings>): void {
  const subject = erased(given);
  const adapter = subject.make(subject.settings('http://127.0.0.1:9'));
  describe(`conformance of ${subject.id}`, () => {
    let vendor: ConformanceVendor;
    let strayed = false;
    const unchecked: string[] = [];
    const systemFetch = globalThis.fetch;

    beforeEach(async () => {
      vendor = await subject.startVendor();
      strayed = false;
      globalThis.fetch = () => {
        strayed = true;
        return Promise.reject(new Error(onlyWayOut));
      };
    });
    afterEach(async () => {
      globalThis.fetch = systemFetch;
      await vendor.close();
    });
    afterAll(() => {
      // Most test reporters count skipped tests without their reasons.
      if (unchecked.length > 0)
        console.warn([`conformance of ${subject.id}: not checked were`, ...unchecked].join('\n'));
    });

    for (const check of conformanceChecks.filter(({ applies }) => applies(adapter))) {
      it(check.name, { timeout: longestMs }, async ({ skip }) => {
        await check.run(subject, vendor).catch((error: unknown) => {
          if (!(error instanceof NotChecked)) throw error;
          unchecked.push(`- ${check.name}: ${error.message}`);
          skip(`not checked: ${error.message}`);
        });
        // The adapter may have caught the error of the global fetch, so that the check itself has passed.
        if (strayed) throw new Error(onlyWayOut);
      });
    }
  });
}
