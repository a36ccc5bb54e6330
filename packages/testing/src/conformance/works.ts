import type { Adapter, AdapterContext, DialerResultsInput } from '@finaz-telephony/core';
import { frozen } from './frozen.ts';
import { transferInput } from './subject.ts';

export type Work = (context: AdapterContext) => Promise<unknown> | undefined;

/** Seven days, because some adapters split a longer period into a request for each day, or each hour. */
export function lastWeek(): DialerResultsInput['period'] {
  const to = new Date();
  return { from: new Date(to.getTime() - 7 * 24 * 3_600_000), to };
}

/** Every request to the vendor other than a call and a load, if the adapter has it. */
export function worksOf(adapter: Adapter, callId: string): Readonly<Record<string, Work>> {
  const { recording, transfer, contactClear, dialerResults } = adapter.features;
  const mailing = frozen({
    mailingId: 'conformance',
    queue: '7',
    parameters: {},
    captures: {},
  });
  return {
    checkCredentials: (context) => adapter.checkCredentials?.(context),
    recording: (context) => recording?.({ callId }, context),
    transfer: (context) => transfer?.({ ...transferInput, callId }, context),
    contactClear: (context) => contactClear?.(frozen({ queue: '7', parameters: {} }), context),
    dialerResults: (context) =>
      dialerResults?.read({ mailing, period: lastWeek() }, context)[Symbol.asyncIterator]().next(),
  };
}
