import { startVendorServer } from '../vendor-server/vendor-server.ts';
import type { ConformanceVendor } from './subject.ts';

/** The vendor server of this package as the other side of a conformance run. */
export async function startConformanceVendor(): Promise<ConformanceVendor> {
  const server = await startVendorServer({ operators: ['1001', '1002'] });
  const countOf = (path: RegExp) =>
    server.requests.filter((request) => request.method === 'POST' && path.test(request.path))
      .length;
  return {
    url: server.url,
    requestCount: () => server.requests.length,
    callRequestCount: () => countOf(/^\/calls$/),
    transferRequestCount: () => countOf(/\/transfer$/),
    loadRequestCount: () => countOf(/\/contacts(?:\.csv)?$/),
    placedCalls: () =>
      [...server.telephony.calls.values()].map((call) => ({ ...call, callId: call.id })),
    transferredCalls: () =>
      [...server.telephony.calls.values()].flatMap(({ extension, transferredTo }) =>
        transferredTo === undefined ? [] : [{ extension, destination: transferredTo }],
      ),
    misbehave: (fault) => server.faults.next('*', fault),
    refuseCalls() {
      server.telephony.place('1001', '4133334444', '7');
      return { words: 'operador em ligacao' };
    },
    recordings: () => ({
      existing: server.telephony.place('1001', '4133334444', '7').id,
      missing: server.telephony.place('1001', '4133334410', '7').id,
    }),
    connectCall: () => {
      server.telephony.place('1001', '4133334444', '7');
    },
    loadedContacts: () =>
      [...server.telephony.contactsOf('7').values()].map(({ contactId, phones }) => ({
        contactId,
        numbers: phones,
      })),
    refuseContact(contactId) {
      server.telephony.refusedContacts.add(contactId);
      return { words: 'contato bloqueado' };
    },
    reportAttempts: async () => (await server.dial('7')).length,
    spoilAttempt() {
      const [first] = server.telephony.attempts.get('7') ?? [];
      if (first) server.telephony.spoiltAttempts.add(first.callId);
    },
    close: server.close,
  };
}
