import type { Adapter, AdapterContext } from '@finaz-telephony/core';
import { frozen } from './frozen.ts';
import { transferInput } from './subject.ts';

export type Work = (context: AdapterContext) => Promise<unknown> | undefined;

/** Every request to the vendor other than a call and a load, if the adapter has it. */
export function worksOf(adapter: Adapter, callId: string): Readonly<Record<string, Work>> {
  const { recording, transfer, contactClear, dialerResults } = adapter.features;
  const mailing = frozen({
    mailingId: 'conformance',
    queue: '7',
    parameters: {},
    captures: {},
  });
  const period = { from: new Date(0), to: new Date() };
  return {
    checkCredentials: (context) => adapter.checkCredentials?.(context),
    recording: (context) => recording?.({ callId }, context),
    transfer: (context) => transfer?.({ ...transferInput, callId }, context),
    contactClear: (context) => contactClear?.(frozen({ queue: '7', parameters: {} }), context),
    dialerResults: (context) =>
      dialerResults?.read({ mailing, period }, context)[Symbol.asyncIterator]().next(),
  };
}
