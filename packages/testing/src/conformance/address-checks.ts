import type { Adapter, AdapterContext, Mailing } from '@finaz-telephony/core';
import { adapterOf, always, demand, type ConformanceCheck } from './check.ts';
import { interposed } from './interposed.ts';
import { recordingsOf, type ConformanceVendor } from './subject.ts';
import { lastWeek } from './works.ts';

/** People give queues such names ("30/60 dias"), and telephone systems give calls such ids. */
const oddName = '7/8?a=1#b';

type Work = (
  adapter: Adapter,
  name: string,
  context: AdapterContext,
) => Promise<unknown> | undefined;

const mailingOf = (queue: string): Mailing => ({
  mailingId: 'conformance',
  queue,
  parameters: {},
  captures: {},
});

/** The operations whose address contains a name from outside. */
const works: Readonly<Record<string, Work>> = {
  contactClear: ({ features }, queue, context) =>
    features.contactClear?.({ queue, parameters: {} }, context),
  activate: ({ features }, queue, context) =>
    features.contactLoad?.activate?.(mailingOf(queue), context),
  deactivate: ({ features }, queue, context) =>
    features.contactLoad?.deactivate?.(mailingOf(queue), context),
  dialerResults({ features }, queue, context) {
    const read = features.dialerResults?.read(
      { mailing: mailingOf(queue), period: lastWeek() },
      context,
    );
    return read?.[Symbol.asyncIterator]().next();
  },
  recording: ({ features }, callId, context) => features.recording?.({ callId }, context),
};

/** The structure of an address, without the values in it. */
function shapeOf(address: string): string {
  const { pathname, searchParams, hash } = new URL(address);
  return `${pathname.split('/').length} ${[...searchParams.keys()].join()} ${hash}`;
}

async function shapesOf(work: Work, adapter: Adapter, name: string): Promise<readonly string[]> {
  const shapes: string[] = [];
  const { context } = interposed(({ url }, pass) => {
    shapes.push(shapeOf(url));
    return pass();
  });
  await work(adapter, name, context)?.catch(() => undefined);
  return shapes;
}

/** A name that exists at the vendor, and one that does not: for the latter, an adapter may look in a second place. */
function plainNames(name: string, vendor: ConformanceVendor): readonly string[] {
  if (name !== 'recording') return ['7', '8'];
  const { existing, missing } = recordingsOf(vendor);
  return [existing, missing];
}

/** The checks of names in addresses. */
export const addressChecks: readonly ConformanceCheck[] = [
  {
    name: 'encodes the names that it puts into an address',
    applies: always,
    async run(subject, vendor) {
      for (const [what, work] of Object.entries(works)) {
        const plain: string[] = [];
        for (const name of plainNames(what, vendor))
          plain.push(...(await shapesOf(work, adapterOf(subject, vendor), name)));
        const odd = await shapesOf(work, adapterOf(subject, vendor), oddName);
        demand(
          odd.every((shape) => plain.includes(shape)),
          `${what} of ${JSON.stringify(oddName)} requests an address with other parts than for ${JSON.stringify('7')}, which would be another queue or another call: use encodeURIComponent(name) or URLSearchParams`,
        );
      }
    },
  },
];
