import {
  AnsweredCallSchema,
  TelephonyError,
  type Adapter,
  type AdapterContext,
  type AnsweredCall,
} from '@finaz-telephony/core';
import { createTestContext } from '../test-context.ts';
import {
  adapterOf,
  demand,
  demandForm,
  failureOf,
  has,
  needs,
  notChecked,
  type ConformanceCheck,
} from './check.ts';
import type { ConformanceVendor } from './subject.ts';

const address = 'https://host.example/callbacks/test/test';

/** What reaches an open address besides events. */
const nonsense: readonly (() => Request)[] = [
  () => new Request(address),
  () => new Request(address, { method: 'POST', body: '<!doctype html><p>Manutencao</p>' }),
  () => new Request(address, { method: 'POST', body: '{"event": "answ' }),
  () => new Request(address, { method: 'POST', body: 'null' }),
];

/** Sorted: the order of the calls in one event does not matter. */
const written = (calls: readonly AnsweredCall[]): string =>
  calls
    .map(
      ({ contactId, number, callId, extension }) =>
        `contact ${contactId ?? 'without an id'}, ${number}, call ${callId}, extension ${extension}`,
    )
    .toSorted()
    .join('; ');

async function toldOf(
  adapter: Adapter,
  request: Request,
  context: AdapterContext,
): Promise<string> {
  const { answeredCall } = adapter.features;
  try {
    return `${(await answeredCall?.(request, context))?.events.length ?? 0} events`;
  } catch (error) {
    return TelephonyError.isInstance(error) ? error.code : String(error);
  }
}

/** The event without the headers, and the parts of its address, in which it differs from the forged one. */
function withoutSignature(vendor: ConformanceVendor): Request {
  needs(vendor, 'answeredEvent');
  needs(vendor, 'forgedEvent');
  const [event, forged] = [vendor.answeredEvent(), vendor.forgedEvent()];
  const url = new URL(event.url);
  const headers = differing(event.headers, forged.headers);
  const parts = differing(url.searchParams, new URL(forged.url).searchParams);
  if (headers.length + parts.length === 0)
    notChecked('answeredEvent() and forgedEvent() differ neither in a header nor in the address');
  for (const name of parts) url.searchParams.delete(name);
  const unsigned = new Request(url, event);
  for (const name of headers) unsigned.headers.delete(name);
  return unsigned;
}

const differing = (right: Headers | URLSearchParams, wrong: Headers | URLSearchParams) =>
  [...right].flatMap(([name, value]) => (wrong.get(name) === value ? [] : [name]));

/** The checks of a vendor's notifications. */
export const eventChecks: readonly ConformanceCheck[] = [
  {
    name: 'answeredCall reads the event that the vendor sends',
    applies: has('answeredCall'),
    async run(subject, vendor) {
      needs(vendor, 'answeredEvent');
      const request = vendor.answeredEvent();
      const { answeredCall } = adapterOf(subject, vendor).features;
      const { events = [], unreadable = [] } =
        (await answeredCall?.(request, createTestContext())) ?? {};
      demand(
        unreadable.length === 0,
        `it could not read item ${unreadable[0]?.position} of what the vendor sends: ${unreadable[0]?.reason}`,
      );
      demand(events.length > 0, 'it read no event');
      for (const event of events) demandForm(AnsweredCallSchema, event, 'an event');
      const told = vendor.answeredCalls?.();
      demand(
        told === undefined || written(events) === written(told),
        `the vendor reported ${written(told ?? [])}, but answeredCall read ${written(events)}; a lost event never comes again, and a wrong extension shows a debtor to the wrong operator`,
      );
    },
  },
  {
    name: 'answeredCall refuses an event whose signature is wrong',
    applies: has('answeredCall'),
    async run(subject, vendor) {
      needs(vendor, 'forgedEvent');
      const request = vendor.forgedEvent();
      const { answeredCall } = adapterOf(subject, vendor).features;
      const error = await failureOf(
        Promise.resolve(answeredCall?.(request, createTestContext())),
        'an event whose signature is wrong',
      );
      demand(
        error.code === 'auth_failed',
        `a wrong signature ends in ${error.code}, not in auth_failed`,
      );
    },
  },
  {
    name: 'answeredCall accepts no event that is not signed at all',
    applies: has('answeredCall'),
    async run(subject, vendor) {
      const request = withoutSignature(vendor);
      const told = await toldOf(adapterOf(subject, vendor), request, createTestContext());
      demand(
        told === 'auth_failed' || told === 'invalid_input' || told === '0 events',
        `without a signature it ends in ${told}, not in auth_failed; anybody could open a screen by leaving the signature out`,
      );
    },
  },
  {
    name: 'answeredCall reads no event from a request that contains none',
    applies: has('answeredCall'),
    async run(subject, vendor) {
      const adapter = adapterOf(subject, vendor);
      for (const request of nonsense) {
        // The signature of a sample is not checked, so its body is read.
        for (const isSample of [false, true]) {
          const told = await toldOf(adapter, request(), { ...createTestContext(), isSample });
          demand(
            told === '0 events' || told === 'invalid_input' || told === 'auth_failed',
            `a request that contains no event ends in ${told}, not in invalid_input, auth_failed or no events`,
          );
        }
      }
    },
  },
  {
    name: 'answeredCall accepts a notification of something else, and gives no event for it',
    applies: has('answeredCall'),
    async run(subject, vendor) {
      needs(vendor, 'otherEvent');
      const request = vendor.otherEvent();
      const told = await toldOf(adapterOf(subject, vendor), request, createTestContext());
      demand(
        told === '0 events',
        `it ends in ${told}, not in { events: [] }; an error makes the vendor send it again, and an event shows a debtor to an operator who is not in that call`,
      );
    },
  },
];
