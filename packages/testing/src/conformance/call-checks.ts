import { TelephonyError, type Adapter, type AdapterContext } from '@finaz-telephony/core';
import { createTestContext } from '../test-context.ts';
import { adapterOf, demand, failureOf, has, needs, type ConformanceCheck } from './check.ts';
import { endOf } from './end-of.ts';
import { closingContext, impatientContext, mostRequests } from './interposed.ts';
import { callInput, connectedTransferInput, phone, transferInput } from './subject.ts';

async function placeCall(adapter: Adapter, context: AdapterContext = createTestContext()) {
  const { click2call } = adapter.features;
  demand(click2call !== undefined, 'the adapter has no click2call');
  return click2call(callInput, context);
}

function asTelephonyError(thrown: unknown): TelephonyError {
  demand(
    TelephonyError.isInstance(thrown),
    'a call whose request could not be sent threw something else than a TelephonyError',
  );
  return thrown;
}

function demandDiscretion(error: TelephonyError): void {
  for (const part of ['message', 'hint'] as const) {
    demand(
      !error[part]?.includes(phone.number),
      `the ${part} of the error repeats the telephone number`,
    );
  }
}

/** The checks of a call and of a transfer. */
export const callChecks: readonly ConformanceCheck[] = [
  {
    name: 'click2call places a call and gives its id',
    applies: has('click2call'),
    async run(subject, vendor) {
      const { callId } = await placeCall(adapterOf(subject, vendor));
      demand(
        callId === null || (typeof callId === 'string' && callId !== ''),
        `the call id is ${JSON.stringify(callId) ?? 'not there'}; it is a text, or null for "accepted, id unknown"`,
      );
    },
  },
  {
    name: 'click2call goes out through the context only',
    applies: has('click2call'),
    async run(subject, vendor) {
      const adapter = adapterOf(subject, vendor);
      const before = vendor.requestCount();
      await failureOf(placeCall(adapter, closingContext(0)), 'a call without a way out');
      demand(
        vendor.requestCount() === before,
        'a request reached the vendor by another way than context.fetch',
      );
    },
  },
  {
    name: 'click2call never says that nothing was sent once a request for it has left',
    applies: has('click2call'),
    async run(subject, vendor) {
      needs(vendor, 'callRequestCount');
      const count = vendor.callRequestCount;
      // The network fails after the first request, after the second, and so on. If two requests place the call, one of these points lies between them.
      for (let open = 1; open <= mostRequests; open += 1) {
        const before = count();
        const error = await placeCall(adapterOf(subject, vendor), closingContext(open)).then(
          () => undefined,
          asTelephonyError,
        );
        if (error === undefined) return;
        demand(
          count() === before || error.delivery !== 'not_sent',
          'a later request of the call could not be sent, and the error says not_sent for the whole call, which would be placed again; pass it through afterSending(error)',
        );
      }
    },
  },
  {
    name: "click2call keeps the vendor's own words when it is refused",
    applies: has('click2call'),
    async run(subject, vendor) {
      needs(vendor, 'refuseCalls');
      const { words } = vendor.refuseCalls();
      const error = await failureOf(placeCall(adapterOf(subject, vendor)), 'a refused call');
      demand(error.code === 'refused', `a refusal ends in ${error.code}, not in refused`);
      demand(
        JSON.stringify(error.vendor ?? {}).includes(words),
        `the error does not hold the vendor's words (${words})`,
      );
      demandDiscretion(error);
    },
  },
  {
    name: 'click2call is not repeated when no answer comes, and its outcome counts as unknown',
    applies: has('click2call'),
    async run(subject, vendor) {
      vendor.misbehave({ kind: 'hang' });
      const count = vendor.callRequestCount ?? vendor.requestCount;
      const before = count();
      const error = await failureOf(
        placeCall(adapterOf(subject, vendor), impatientContext()),
        'a call without answer',
      );
      demand(error.code === 'timeout', `no answer ends in ${error.code}, not in timeout`);
      demand(
        error.delivery === 'unknown',
        `delivery is ${error.delivery}; whether it happened is unknown`,
      );
      demand(count() - before === 1, `the vendor got ${count() - before} requests for one call`);
      demandDiscretion(error);
    },
  },
  {
    name: 'click2call tells a vendor that is not there from one that does not answer',
    applies: has('click2call'),
    async run(subject, vendor) {
      const adapter = adapterOf(subject, vendor);
      await vendor.close();
      const error = await failureOf(placeCall(adapter), 'a call to a vendor that is not there');
      demand(error.code === 'network', `no connection ends in ${error.code}, not in network`);
      demand(error.delivery === 'not_sent', `delivery is ${error.delivery}; nothing was sent`);
    },
  },
  {
    name: 'click2call never mistakes an HTML page or broken JSON for an answer',
    applies: has('click2call'),
    async run(subject, vendor) {
      for (const kind of ['html', 'brokenJson', 'deepJson'] as const) {
        vendor.misbehave({ kind });
        await failureOf(placeCall(adapterOf(subject, vendor)), `a call answered with ${kind}`);
      }
    },
  },
  {
    name: 'click2call ends as soon as nobody waits any more',
    applies: has('click2call'),
    async run(subject, vendor) {
      vendor.misbehave({ kind: 'hang' });
      const leaving = new AbortController();
      const call = placeCall(
        adapterOf(subject, vendor),
        createTestContext({ signal: leaving.signal, timeoutMs: 10_000 }),
      );
      leaving.abort(new Error('nobody waits'));
      demand((await endOf(call, leaving.signal)) === 'failure', 'the call went on');
    },
  },
  {
    name: 'transfer hands over the call that the extension has',
    applies: has('transfer'),
    async run(subject, vendor) {
      const input = await connectedTransferInput(vendor);
      const result = await adapterOf(subject, vendor).features.transfer?.(
        input,
        createTestContext(),
      );
      demand(result?.status === 'accepted', 'an accepted transfer does not say "accepted"');
    },
  },
  {
    name: 'transfer is refused where there is no call',
    applies: has('transfer'),
    async run(subject, vendor) {
      const { transfer } = adapterOf(subject, vendor).features;
      const error = await failureOf(
        Promise.resolve(transfer?.(transferInput, createTestContext())),
        'a transfer without a call',
      );
      demand(error.code === 'refused' || error.code === 'not_found', `it ends in ${error.code}`);
    },
  },
];
