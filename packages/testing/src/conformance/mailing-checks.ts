import type { Adapter, DialerResults, Outcome, ReportedAttempt } from '@finaz-telephony/core';
import { AttemptSchema } from '@finaz-telephony/core/host';
import * as v from 'valibot';
import { createTestContext, type TestContext } from '../test-context.ts';
import {
  adapterOf,
  demand,
  demandForm,
  failureOf,
  has,
  needs,
  type ConformanceCheck,
} from './check.ts';
import { eachOf } from './each-round.ts';
import { impatientContext } from './interposed.ts';
import {
  demandDoubt,
  demandDoubtOfFailedLookup,
  lookupFailures,
  substitutes,
} from './lost-answer.ts';
import { loadOf, ofOneExchange, prepared, send, withOneNumber } from './mailing-work.ts';
import { lastWeek } from './works.ts';

const ReportedAttemptSchema = v.object({
  ...AttemptSchema.entries,
  contactId: v.optional(AttemptSchema.entries.contactId),
  id: v.optional(v.string()),
});

/** The mailing whose results are requested. */
const reportedOn = ({ features: { contactLoad } }: Adapter, context: TestContext) =>
  prepared(contactLoad, context);

async function demandAttempts(
  { features }: Adapter,
  input: Parameters<DialerResults['read']>[0],
  context: TestContext,
): Promise<void> {
  const times: string[] = [];
  for await (const attempt of features.dialerResults?.read(input, context) ?? []) {
    demandForm(ReportedAttemptSchema, attempt, 'an attempt');
    demandSameOutcome(attempt, features.dialerResults?.outcomeOf(attempt.vendorStatus));
    times.push(attempt.at);
  }
  const { from, to } = input.period;
  const isInside = (at: string) =>
    Date.parse(at) >= from.getTime() && Date.parse(at) <= to.getTime();
  // Systems that report whole days also return attempts of other hours, but never only those.
  demand(
    times.length === 0 || times.some(isInside),
    `no attempt is within the period that was asked for, ${from.toISOString()} to ${to.toISOString()}: the first is of ${times[0] ?? ''}; check the time zone, because a host leaves out attempts of any other time`,
  );
}

/** A host stores the status and asks `outcomeOf` what it means, so both must give the same outcome. */
function demandSameOutcome({ vendorStatus, outcome }: ReportedAttempt, meant?: Outcome): void {
  demand(
    outcome === meant,
    `an attempt with the status ${JSON.stringify(vendorStatus)} has the outcome ${outcome}, and outcomeOf says ${meant ?? 'nothing'} for that status; the two must agree, because a host goes by outcomeOf`,
  );
}

/** The checks of whole mailings. */
export const mailingChecks: readonly ConformanceCheck[] = [
  {
    name: 'contactClear may be repeated: an empty queue is a success',
    applies: has('contactClear'),
    async run(subject, vendor) {
      const { contactClear } = adapterOf(subject, vendor).features;
      await contactClear?.({ queue: '7', parameters: {} }, createTestContext());
      await contactClear?.({ queue: '7', parameters: {} }, createTestContext());
    },
  },
  {
    name: 'contactLoad tells of each contact whether it was taken',
    applies: has('contactLoad'),
    async run(subject, vendor) {
      const load = loadOf(adapterOf(subject, vendor));
      const context = createTestContext();
      const { rejected, taken } = await send(load, await prepared(load, context), context);
      const [first] = rejected;
      const sent = ofOneExchange(load).map(({ contactId }) => contactId);
      for (const { contactId } of rejected) {
        demand(
          sent.includes(contactId),
          `rejected names ${JSON.stringify(contactId)}, but no contact with that id was sent; the contact that was refused would count as loaded`,
        );
      }
      demand(
        rejected.length < sent.length,
        `none of ${sent.length} valid contacts was taken: ${first?.reason ?? first?.vendor.message ?? 'no reason given'}`,
      );
      demand(
        taken === undefined ||
          (Number.isInteger(taken) &&
            taken >= sent.length - rejected.length &&
            taken <= sent.length * 5),
        `${taken ?? ''} contacts are said to be taken, of ${sent.length} sent and ${rejected.length} refused; the others would be listed as lost`,
      );
    },
  },
  {
    name: 'contactLoad is not repeated when no answer comes, and its outcome counts as unknown',
    applies: has('contactLoad'),
    async run(subject, vendor) {
      // A vendor with `callRequestCount` may hang on calls alone and answer a load; with `loadRequestCount`, it hangs on loads.
      if (vendor.callRequestCount) needs(vendor, 'loadRequestCount');
      const load = loadOf(adapterOf(subject, vendor));
      const ready = await prepared(load, createTestContext());
      const count = vendor.loadRequestCount ?? vendor.requestCount;
      vendor.misbehave({ kind: 'hang' });
      const before = count();
      const error = await failureOf(send(load, ready, impatientContext()), 'a load without answer');
      demand(
        error.delivery === 'unknown',
        `delivery is ${error.delivery}; whether the contacts are there is unknown`,
      );
      demand(count() - before === 1, `the vendor got ${count() - before} requests for one load`);
    },
  },
  {
    name: 'contactLoad is in doubt where its answer is lost on the way, and is not sent again',
    applies: has('contactLoad'),
    run: (subject, vendor) =>
      eachOf(subject, vendor, substitutes, async (substitute, own) => {
        needs(own, 'loadRequestCount');
        const count = own.loadRequestCount;
        const load = loadOf(adapterOf(subject, own));
        const ready = await prepared(load, createTestContext());
        const given = withOneNumber(ofOneExchange(load));
        await demandDoubt(substitute, {
          send: (context) => send(load, ready, context, given),
          count,
          isRepeatable: load.repeatable,
        });
      }),
  },
  {
    name: 'contactLoad is in doubt where it was accepted and a request for its outcome fails',
    applies: ({ features }) => features.contactLoad?.repeatable === false,
    run: (subject, vendor) =>
      eachOf(subject, vendor, lookupFailures, async (status, own) => {
        needs(own, 'loadRequestCount');
        const count = own.loadRequestCount;
        const load = loadOf(adapterOf(subject, own));
        const ready = await prepared(load, createTestContext());
        const given = withOneNumber(ofOneExchange(load).slice(0, 1));
        await demandDoubtOfFailedLookup(status, {
          send: (context) => send(load, ready, context, given),
          count,
        });
      }),
  },
  {
    name: 'contactLoad never mistakes an HTML page for an answer',
    applies: has('contactLoad'),
    async run(subject, vendor) {
      const load = loadOf(adapterOf(subject, vendor));
      const ready = await prepared(load, createTestContext());
      vendor.misbehave({ kind: 'html' });
      await failureOf(send(load, ready, createTestContext()), 'a load answered with an HTML page');
    },
  },
  {
    name: 'dialerResults gives attempts that can be kept, and ends',
    applies: has('dialerResults'),
    async run(subject, vendor) {
      const adapter = adapterOf(subject, vendor);
      const { contactLoad, dialerResults } = adapter.features;
      const context = createTestContext();
      const of = await reportedOn(adapter, context);
      if (contactLoad) await send(contactLoad, of, context);
      const hour = 3_600_000;
      const now = context.now().getTime();
      const period = { from: new Date(now - hour), to: new Date(now + hour) };
      await demandAttempts(adapter, { mailing: of, period }, context);
      const outcome = dialerResults?.outcomeOf('a word of no vendor');
      demand(
        outcome === 'unknown',
        `outcomeOf gives ${JSON.stringify(outcome) ?? 'nothing'} for a status that nobody knows, and must give "unknown": otherwise a new status of the vendor would settle contacts whom nobody has reached, or count them as failed, until somebody notices`,
      );
    },
  },
  {
    name: 'dialerResults never mistakes an HTML page for a report',
    applies: has('dialerResults'),
    async run(subject, vendor) {
      const adapter = adapterOf(subject, vendor);
      const of = await reportedOn(adapter, createTestContext());
      vendor.misbehave({ kind: 'html' });
      const context = createTestContext();
      await failureOf(
        demandAttempts(adapter, { mailing: of, period: lastWeek() }, context),
        'a report answered with an HTML page',
      );
    },
  },
];
