import { parsePhone, type AdapterContext, type ReportedAttempt } from '@finaz-telephony/core';
import { createTestContext } from '../test-context.ts';
import { adapterOf, demand, has, type ConformanceCheck } from './check.ts';
import { eachRound } from './each-round.ts';
import { interposed } from './interposed.ts';
import { contacts, prepared, sendAll } from './mailing-work.ts';
import type { ConformanceVendor, ErasedSubject } from './subject.ts';

const hourMs = 3_600_000;

interface Reading {
  readonly attempts: readonly ReportedAttempt[];
  readonly unreadable: number;
}

/** Loads contacts and has the vendor report on them. `read` reads that report, each time with a fresh login. */
async function reported(subject: ErasedSubject, vendor: ConformanceVendor) {
  const { contactLoad } = adapterOf(subject, vendor).features;
  const mailing = await prepared(contactLoad, createTestContext());
  if (contactLoad) await sendAll(contactLoad, mailing, createTestContext());
  const count = (await vendor.reportAttempts?.()) ?? 0;
  const now = Date.now();
  const period = { from: new Date(now - hourMs), to: new Date(now + hourMs) };
  async function read(context: AdapterContext): Promise<Reading> {
    const attempts: ReportedAttempt[] = [];
    let unreadable = 0;
    const onUnreadable = () => {
      unreadable += 1;
    };
    const { dialerResults } = adapterOf(subject, vendor).features;
    const input = { mailing, period, onUnreadable };
    for await (const attempt of dialerResults?.read(input, context) ?? []) attempts.push(attempt);
    return { attempts, unreadable };
  }
  return { count, read };
}

function demandOwnNumber({ contactId, areaCode, number }: ReportedAttempt): void {
  const contact = contacts.find((known) => known.contactId === contactId);
  const told = parsePhone(number, { areaCode }).e164;
  demand(
    contact === undefined ||
      contact.phones.some((phone) => parsePhone(phone.number, phone).e164 === told),
    `an attempt of ${contactId ?? ''} has areaCode ${areaCode} and number ${number}, which is none of its numbers; areaCode has two digits, and number comes without them`,
  );
}

/** The checks of whole reports. */
export const reportChecks: readonly ConformanceCheck[] = [
  {
    name: 'dialerResults gives each attempt of the report once',
    applies: has('dialerResults'),
    async run(subject, vendor) {
      if (vendor.reportAttempts === undefined) return;
      const { count, read } = await reported(subject, vendor);
      const { attempts, unreadable } = await read(createTestContext());
      demand(
        attempts.length + unreadable === count,
        `the report has ${count} attempts, and ${attempts.length} were read, beside ${unreadable} that could not be used; is a page lost, or read twice?`,
      );
      for (const attempt of attempts) demandOwnNumber(attempt);
    },
  },
  {
    name: 'dialerResults does not end well where a page of the report is missing',
    applies: has('dialerResults'),
    run: (subject, vendor) =>
      eachRound(subject, vendor, async (failing, own) => {
        if (own.reportAttempts === undefined) return true;
        const { count, read } = await reported(subject, own);
        const { context, asked } = interposed(({ position }, pass) =>
          position < failing ? pass() : Promise.resolve(new Response('{}', { status: 500 })),
        );
        const given = await read(context).then(
          ({ attempts, unreadable }) => attempts.length + unreadable,
          () => 'failure' as const,
        );
        demand(
          given === 'failure' || given === count,
          `request ${failing} was answered with status 500, and the reading ended well with ${given} of ${count} attempts; throw where a page has failed, or the others are never asked for again`,
        );
        return asked() < failing;
      }),
  },
];
