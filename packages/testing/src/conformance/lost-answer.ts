import { TelephonyError, type AdapterContext } from '@finaz-telephony/core';
import { demand } from './check.ts';
import { interposed } from './interposed.ts';

/** What comes in the place of the vendor's answer to what it has done. */
interface Instead {
  readonly name: string;
  readonly answer: () => Response;
  /** Whether it is the vendor's own word that it has not done it. */
  readonly isItsOwn?: boolean;
}

const page = { headers: { 'Content-Type': 'text/html' } };

const instead: readonly Instead[] = [
  {
    // A status of Cloudflare: a list written by hand has 502 and 504, and hardly ever this one.
    name: 'a gateway in front of it answered with status 524',
    answer: () => new Response('error code: 524', { status: 524 }),
  },
  {
    name: 'a page with status 200 came in the place of its answer',
    answer: () => new Response('<!doctype html><p>Sistema em manutencao.</p>', page),
  },
  {
    name: 'its answer came cut off',
    answer: () => new Response('{"id":"c-', { headers: { 'Content-Type': 'application/json' } }),
  },
  {
    name: 'the answer has status 503',
    answer: () => new Response('{}', { status: 503 }),
    isItsOwn: true,
  },
  {
    name: 'the answer has status 429',
    answer: () => new Response('{}', { status: 429, headers: { 'Retry-After': '0' } }),
    isItsOwn: true,
  },
];

/**
 * The vendor does what it is asked for, and something else comes in the place of its answer, in each round another thing. The adapter must not ask for it again. Where
 * what came is not the vendor's own word, the adapter must say that nobody knows whether it was done.
 *
 * @param round counted from 1
 * @param count how often the vendor has been asked for it so far
 * @returns whether there is no such round: all were played
 */
export async function demandDoubtOfLostAnswer(
  round: number,
  send: (context: AdapterContext) => Promise<unknown>,
  count: () => number,
  isRepeatable = false,
): Promise<boolean> {
  const given = instead[round - 1];
  if (!given) return true;
  const { name, answer, isItsOwn = false } = given;
  const begun = count();
  const { context } = interposed(async (_, pass) => {
    const before = count();
    const response = await pass();
    return count() > before ? answer() : response;
  });
  const thrown: unknown = await send(context).then(
    () => undefined,
    (error: unknown) => error,
  );
  const times = count() - begun;
  demand(
    times <= 1,
    `${name}, and the vendor was asked for it ${times} times; never send again what dials, transfers or loads: the host does so where it may`,
  );
  // It may have asked the vendor for what came of it.
  if (thrown === undefined || isItsOwn || isRepeatable) return false;
  const delivery = TelephonyError.isInstance(thrown) ? thrown.delivery : 'not said';
  demand(
    delivery === 'unknown',
    `the vendor had done it, ${name}, and delivery is ${delivery}; whether it happened is unknown: take meaningOfStatus for a status, and say delivery: 'unknown' of an answer that cannot be read`,
  );
  return false;
}

const failedLooks = [429, 503];

/**
 * The vendor does what it is asked for, and a look at what came of it, a poll of its job for instance, is answered with an error, in each round another one. That says nothing of
 * what was done.
 *
 * @param round counted from 1
 * @param count how often the vendor has been asked for it so far
 * @returns whether there is no such round: all were played
 */
export async function demandDoubtOfFailedLook(
  round: number,
  send: (context: AdapterContext) => Promise<unknown>,
  count: () => number,
): Promise<boolean> {
  const status = failedLooks[round - 1];
  if (status === undefined) return true;
  const begun = count();
  const { context } = interposed((_, pass) =>
    count() > begun ? Promise.resolve(new Response('{}', { status })) : pass(),
  );
  const thrown: unknown = await send(context).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown === undefined || count() === begun) return false;
  const delivery = TelephonyError.isInstance(thrown) ? thrown.delivery : 'not said';
  demand(
    delivery === 'unknown',
    `the vendor had accepted it, a later request had status ${status}, and delivery is ${delivery}; it would be done a second time: pass what a look throws through afterAccepting(error)`,
  );
  return false;
}
