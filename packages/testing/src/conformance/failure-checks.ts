import {
  TelephonyError,
  type Adapter,
  type AdapterContext,
  type Mailing,
} from '@finaz-telephony/core';
import { createTestContext } from '../test-context.ts';
import { adapterOf, always, demand, failureOf, thrownBy, type ConformanceCheck } from './check.ts';
import { personalData, prepared, send, stranger } from './mailing-work.ts';
import {
  callInput,
  phone,
  recordingsOf,
  transferInput,
  type ConformanceVendor,
  type ErasedSubject,
} from './subject.ts';
import { worksOf, type Work } from './works.ts';

/** An answer of the vendor, and its name. */
interface Failure {
  readonly name: string;
  readonly answer: () => Response;
}

const errorStatus: Failure = {
  name: 'status 500',
  answer: () => Response.json({ error: 'erro interno' }, { status: 500 }),
};
const page: Failure = {
  name: 'an HTML page',
  answer: () =>
    new Response('<!doctype html><html><body><p>Sistema em manutencao.</p></body></html>', {
      headers: { 'Content-Type': 'text/html' },
    }),
};

/** Vendors repeat in an error what was sent to them. */
const people = [...personalData, phone.number, transferInput.destination];
const echoes = [422, 500].map((status): Failure => ({
  name: `status ${status} and words that repeat the request`,
  answer: () => {
    const message = `dados invalidos: ${people.join(', ')}`;
    return Response.json({ ok: false, message, error: { message } }, { status });
  },
}));

/** A context in which every request gets this answer, without being sent. */
function answering({ answer }: Failure): { context: AdapterContext; asked: () => number } {
  let asked = 0;
  const context: AdapterContext = {
    ...createTestContext(),
    fetch: () => {
      asked += 1;
      return Promise.resolve(answer());
    },
  };
  return { context, asked: () => asked };
}

/** Lookups that decide whether something is done again: with a failure taken for a success, it would be done twice, or never. */
const settling = ({ features: { contactLoad }, followCall }: Adapter, mailing: Mailing) => ({
  'contactLoad.find': (context: AdapterContext) =>
    contactLoad?.find?.(mailing, [stranger], context),
  followCall: (context: AdapterContext) =>
    followCall?.({ callId: null, attemptId: callInput.attemptId }, context),
});

async function demandFailures(
  works: Readonly<Record<string, Work>>,
  failure: Failure,
): Promise<void> {
  const successes: string[] = [];
  for (const [name, start] of Object.entries(works)) {
    const { context, asked } = answering(failure);
    const ended = await Promise.resolve(start(context)).then(
      () => 'success' as const,
      (error: unknown) => failureOf(Promise.reject(error), `${name} answered with ${failure.name}`),
    );
    // An operation without requests cannot get a refusal.
    if (ended === 'success' && asked() > 0) successes.push(name);
  }
  demand(
    successes.length === 0,
    `${successes.join(', ')} answered with ${failure.name}: ended as a success`,
  );
}

function demandNobodyNamed({ message, hint = '' }: TelephonyError, name: string, echo: Failure) {
  demand(
    !people.some((told) => message.includes(told) || hint.includes(told)),
    `${name} answered with ${echo.name}: the message or the hint of its error contains a number, a CPF or a name, and is logged; put the vendor's words into vendor`,
  );
}

/** Every operation that makes requests to the vendor. */
async function everyWork(
  subject: ErasedSubject,
  vendor: ConformanceVendor,
): Promise<Readonly<Record<string, Work>>> {
  const adapter = adapterOf(subject, vendor);
  const { contactLoad: load, click2call } = adapter.features;
  const mailing = await prepared(load, createTestContext());
  return {
    ...worksOf(adapter, recordingsOf(vendor).existing),
    ...settling(adapter, mailing),
    click2call: (context) => click2call?.(callInput, context),
    contactLoad: (context) => load && send(load, mailing, context),
  };
}

/** The checks of answers that are not successes. */
export const failureChecks: readonly ConformanceCheck[] = [
  {
    name: 'never mistakes an error of the vendor for a success',
    applies: always,
    async run(subject, vendor) {
      await demandFailures(await everyWork(subject, vendor), errorStatus);
    },
  },
  {
    name: 'repeats no personal data of an answer in the message or the hint of an error',
    applies: always,
    async run(subject, vendor) {
      const works = await everyWork(subject, vendor);
      for (const echo of echoes)
        for (const [name, start] of Object.entries(works)) {
          const thrown = await thrownBy(Promise.resolve(start(answering(echo).context)));
          if (TelephonyError.isInstance(thrown)) demandNobodyNamed(thrown, name, echo);
        }
    },
  },
  {
    name: 'never takes an HTML page to mean that a queue is empty, or that contacts and calls do not exist',
    applies: always,
    async run(subject, vendor) {
      const adapter = adapterOf(subject, vendor);
      const mailing = await prepared(adapter.features.contactLoad, createTestContext());
      const { contactClear } = worksOf(adapter, recordingsOf(vendor).existing);
      await demandFailures(
        { ...(contactClear && { contactClear }), ...settling(adapter, mailing) },
        page,
      );
    },
  },
];
