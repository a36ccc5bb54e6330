import {
  TelephonyError,
  type Adapter,
  type ContactLoadResult,
  type Mailing,
} from '@finaz-telephony/core';
import { createTestContext } from '../test-context.ts';
import { adapterOf, always, demand, failureOf, thrownBy, type ConformanceCheck } from './check.ts';
import { interposed, mostRequests } from './interposed.ts';
import { prepared, send } from './mailing-work.ts';
import { callInput, type ConformanceVendor, recordingsOf } from './subject.ts';
import { worksOf, type Work } from './works.ts';

/** What a status means for any vendor, and the harm if it is reported as something else. */
const statuses = [
  {
    status: 401,
    code: 'auth_failed',
    harm: 'nobody would look at the credentials, and the contacts of a load would count as refused',
  },
  {
    status: 429,
    code: 'rate_limited',
    harm: 'it would not be tried again, and the contacts of a load would count as refused',
  },
] as const;

/** Reading a report may be retried, with this delay each time. */
const retryAfterSeconds = 2;

/** Every operation that makes requests to the vendor. Each run of one gets a new adapter, which logs in afresh. */
function worksWith(
  adapter: Adapter,
  mailing: Mailing,
  vendor: ConformanceVendor,
): Readonly<Record<string, Work>> {
  const { contactLoad, click2call } = adapter.features;
  return {
    ...worksOf(adapter, recordingsOf(vendor).existing),
    click2call: (context) => click2call?.(callInput, context),
    contactLoad: (context) =>
      contactLoad && send(contactLoad, mailing, context).then(demandNobodyRefused),
  };
}

/** Turns contacts that a result names as refused into an error, so that they are judged like a load that throws `refused`. */
function demandNobodyRefused({ rejected }: ContactLoadResult): void {
  if (rejected.length > 0)
    throw new TelephonyError({ code: 'refused', message: 'The result names contacts as refused.' });
}

/** The checks of statuses that mean the same for every vendor. */
export const statusChecks: readonly ConformanceCheck[] = statuses.map(({ status, code, harm }) => {
  const refusal = () =>
    Response.json({ error: 'nao' }, { status, headers: { 'Retry-After': `${retryAfterSeconds}` } });

  /** How the operation fails if the vendor refuses its requests from number `first` on. Whether it may succeed then is another check's business. */
  async function failureFrom(first: number, start: Work, what: string) {
    const { context, asked } = interposed(({ position }, pass) =>
      position < first ? pass() : Promise.resolve(refusal()),
    );
    const thrown = await thrownBy(Promise.resolve(start(context)));
    if (asked() < first) return 'not so many';
    return thrown === undefined ? 'success' : failureOf(Promise.reject(thrown), what);
  }

  function demandMeaning(ended: TelephonyError, what: string): void {
    demand(ended.code === code, `${what}: ends in ${ended.code}, not in ${code}; ${harm}`);
    demand(
      code !== 'rate_limited' ||
        (ended.retryable && ended.retryAfterMs === retryAfterSeconds * 1000),
      `${what}, and Retry-After of ${retryAfterSeconds} seconds: retryAfterMs is ${ended.retryAfterMs ?? 'not there'}, retryable ${ended.retryable}; see meaningOfStatus`,
    );
  }

  return {
    name: `reports status ${status} as ${code}`,
    applies: always,
    async run(subject, vendor) {
      const { contactLoad } = adapterOf(subject, vendor).features;
      const mailing = await prepared(contactLoad, createTestContext());
      const names = Object.keys(worksWith(adapterOf(subject, vendor), mailing, vendor));
      for (const name of names) {
        for (let first = 1; first <= mostRequests; first += 1) {
          const start = worksWith(adapterOf(subject, vendor), mailing, vendor)[name];
          const what = `${name}, with status ${status} from its request ${first} on`;
          const ended = start ? await failureFrom(first, start, what) : 'not so many';
          if (ended === 'not so many') break;
          if (ended !== 'success') demandMeaning(ended, what);
        }
      }
    },
  };
});
