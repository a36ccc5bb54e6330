import { createTestContext } from '../test-context.ts';
import { adapterOf, always, demand, type ConformanceCheck } from './check.ts';
import { recordingsOf } from './subject.ts';
import { endOf } from './end-of.ts';
import { closingContext } from './interposed.ts';
import { worksOf } from './works.ts';

/** The checks of every request to the vendor other than a call and a load. */
export const workChecks: readonly ConformanceCheck[] = [
  {
    name: 'everything that waits for the vendor ends as soon as nobody waits any more',
    applies: always,
    async run(subject, vendor) {
      const works = worksOf(adapterOf(subject, vendor), recordingsOf(vendor).existing);
      vendor.misbehave({ kind: 'hang' });
      for (const [name, start] of Object.entries(works)) {
        const leaving = new AbortController();
        const work = start(createTestContext({ signal: leaving.signal, timeoutMs: 10_000 }));
        leaving.abort(new Error('nobody waits'));
        if (work) demand((await endOf(work, leaving.signal)) !== 'late', `${name} went on`);
      }
    },
  },
  {
    name: 'nothing goes out by another way than the context',
    applies: always,
    async run(subject, vendor) {
      const works = worksOf(adapterOf(subject, vendor), recordingsOf(vendor).existing);
      for (const [name, start] of Object.entries(works)) {
        const before = vendor.requestCount();
        // How it ends does not matter here.
        await start(closingContext(0))?.catch(() => undefined);
        demand(
          vendor.requestCount() === before,
          `${name}: a request reached the vendor by another way than context.fetch`,
        );
      }
    },
  },
];
