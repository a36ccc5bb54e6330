import { TelephonyError, type AdapterContext } from '@finaz-telephony/core';
import { demand, thrownBy } from './check.ts';
import { interposed } from './interposed.ts';

/** Arrives instead of the vendor's answer to a request that it has carried out. */
interface Substitute {
  readonly name: string;
  readonly answer: () => Response;
  /** Whether it counts as the vendor's own statement that it did not carry the request out. */
  readonly isRefusal?: boolean;
}

const page = { headers: { 'Content-Type': 'text/html' } };

/** A check runs one round per substitute. */
export const substitutes: readonly Substitute[] = [
  {
    // Cloudflare's own status: hand-written lists contain 502 and 504, but hardly ever 524.
    name: 'a gateway in front of the vendor answered with status 524',
    answer: () => new Response('error code: 524', { status: 524 }),
  },
  {
    name: 'an HTML page with status 200 came instead of its answer',
    answer: () => new Response('<!doctype html><p>Sistema em manutencao.</p>', page),
  },
  {
    name: 'its answer was cut off',
    answer: () => new Response('{"id":"c-', { headers: { 'Content-Type': 'application/json' } }),
  },
  {
    name: 'the answer has status 503',
    answer: () => new Response('{}', { status: 503 }),
    isRefusal: true,
  },
  {
    name: 'the answer has status 429',
    answer: () => new Response('{}', { status: 429, headers: { 'Retry-After': '0' } }),
    isRefusal: true,
  },
];

/** An operation with an effect at the vendor, which must not happen twice. */
interface LossySending {
  readonly send: (context: AdapterContext) => Promise<unknown>;
  /** How many requests with this effect the vendor has received so far. */
  readonly count: () => number;
  /** Whether doing it twice does no harm: then a lost answer may be any error. */
  readonly isRepeatable?: boolean;
}

/**
 * The vendor carries the request out, and `substitute` arrives instead of its answer. The adapter must not send it again and, unless the substitute is a refusal, must
 * report that the outcome is unknown.
 */
export async function demandDoubt(
  { name, answer, isRefusal = false }: Substitute,
  { send, count, isRepeatable = false }: LossySending,
): Promise<void> {
  const begun = count();
  const { context } = interposed(async (_, pass) => {
    const before = count();
    const response = await pass();
    return count() > before ? answer() : response;
  });
  const thrown = await thrownBy(send(context));
  const times = count() - begun;
  demand(
    times <= 1,
    `${name}, and the vendor was asked for it ${times} times; never repeat a request that dials, transfers or loads: the host does so where that is safe`,
  );
  // A success is possible: the adapter may have asked the vendor for the outcome.
  if (thrown === undefined || isRefusal || isRepeatable) return;
  demandUnknown(
    thrown,
    (delivery) =>
      `the vendor had done it, ${name}, and delivery is ${delivery}, although the adapter cannot know whether it happened: use meaningOfStatus for a status, and delivery: 'unknown' for an answer that cannot be read`,
  );
}

function demandUnknown(thrown: unknown, complaint: (delivery: string) => string): void {
  const delivery = TelephonyError.isInstance(thrown) ? thrown.delivery : 'not said';
  demand(delivery === 'unknown', complaint(delivery));
}

/** Statuses of a failed request for the outcome, with a round for each. They say nothing about the operation itself. */
export const lookupFailures: readonly number[] = [429, 503];

/** The vendor does what it is asked for, and each later request, such as a poll of its job, is answered with this status. */
export async function demandDoubtOfFailedLookup(
  status: number,
  { send, count }: LossySending,
): Promise<void> {
  const begun = count();
  let isAccepted = false;
  const { context } = interposed(async (_, pass) => {
    if (isAccepted) return new Response('{}', { status });
    const response = await pass();
    // The count includes a request that was refused because a login has to come first.
    isAccepted = count() > begun && response.status < 400;
    return response;
  });
  const thrown = await thrownBy(send(context));
  if (thrown === undefined || !isAccepted) return;
  demandUnknown(
    thrown,
    (delivery) =>
      `the vendor had accepted it, a later request had status ${status}, and delivery is ${delivery}; it would be done a second time: pass what a lookup throws through afterAccepting(error)`,
  );
}
