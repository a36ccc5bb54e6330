import {
  parsePhone,
  type Adapter,
  type AdapterContext,
  type ReportedAttempt,
  type UnreadableRow,
} from '@finaz-telephony/core';
import { createTestContext } from '../test-context.ts';
import { adapterOf, demand, has, needs, notChecked, type ConformanceCheck } from './check.ts';
import { eachRound } from './each-round.ts';
import { interposed } from './interposed.ts';
import { contacts, personalData, prepared, sendAll } from './mailing-work.ts';
import type { ConformanceVendor, ErasedSubject } from './subject.ts';

const hourMs = 3_600_000;

interface Reading {
  readonly attempts: readonly ReportedAttempt[];
  readonly unreadable: readonly UnreadableRow[];
}

/** How many days before an attempt a period begins: some adapters split a long one, into hours, days or weeks. */
const longPeriods = [1, 7, 31] as const;

/** Loads contacts and has the vendor report on them. `read` reads that report, with a fresh login if no adapter is given. */
async function reported(subject: ErasedSubject, vendor: ConformanceVendor) {
  needs(vendor, 'reportAttempts');
  const { contactLoad } = adapterOf(subject, vendor).features;
  const mailing = await prepared(contactLoad, createTestContext());
  if (contactLoad) await sendAll(contactLoad, mailing, createTestContext());
  const count = await vendor.reportAttempts();
  if (count === 0) notChecked('reportAttempts() made a report without attempts');
  const now = Date.now();
  const period = { from: new Date(now - hourMs), to: new Date(now + hourMs) };
  async function read({
    context = createTestContext(),
    from = period.from,
    adapter = adapterOf(subject, vendor),
  }: {
    readonly context?: AdapterContext;
    readonly from?: Date;
    readonly adapter?: Adapter;
  } = {}): Promise<Reading> {
    const attempts: ReportedAttempt[] = [];
    const unreadable: UnreadableRow[] = [];
    const onUnreadable = (row: UnreadableRow) => unreadable.push(row);
    const { dialerResults } = adapter.features;
    const input = { mailing, period: { ...period, from }, onUnreadable };
    for await (const attempt of dialerResults?.read(input, context) ?? []) attempts.push(attempt);
    return { attempts, unreadable };
  }
  return { count, read, isLoaded: contactLoad !== undefined };
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

function demandDiscreet({ position, reason }: UnreadableRow): void {
  demand(
    Number.isInteger(position) && position >= 1,
    `the position of a row that cannot be used is ${position}; it is counted from 1`,
  );
  demand(
    reason !== '' && !personalData.some((told) => reason.includes(told)),
    'the reason why a row cannot be used is empty, or contains a number, a CPF or a name, and is logged',
  );
}

/** The vendor has timed its attempts now. */
function demandOwnTime({ at }: ReportedAttempt): void {
  demand(
    Math.abs(Date.parse(at) - Date.now()) <= hourMs,
    `an attempt made just now has the time ${at}; check the time zone, because a host leaves out attempts of any other time`,
  );
}

/** A host leaves out an attempt of somebody who is not in the mailing. */
function demandOwnContact({ contactId, areaCode, number }: ReportedAttempt): void {
  const told = parsePhone(number, { areaCode }).e164;
  const isOfMailing =
    contactId === undefined
      ? contacts.some(({ phones }) =>
          phones.some((phone) => parsePhone(phone.number, phone).e164 === told),
        )
      : contacts.some((contact) => contact.contactId === contactId);
  demand(
    isOfMailing,
    `the report covers ${contacts.map((contact) => contact.contactId).join(', ')}, but an attempt has ${contactId === undefined ? `areaCode ${areaCode} and number ${number}` : `contactId ${JSON.stringify(contactId)}`}: a host finds no contact for it, and leaves it out; give the id that was loaded, or no id and the number that was dialed`,
  );
}

/** The checks of whole reports. */
export const reportChecks: readonly ConformanceCheck[] = [
  {
    name: 'dialerResults gives each attempt of the report once',
    applies: has('dialerResults'),
    async run(subject, vendor) {
      const { count, read, isLoaded } = await reported(subject, vendor);
      const { attempts, unreadable } = await read();
      demand(
        attempts.length + unreadable.length === count,
        `the report has ${count} attempts, and ${attempts.length} were read, beside ${unreadable.length} that could not be used; is a page lost, or read twice?`,
      );
      for (const attempt of attempts) {
        demandOwnNumber(attempt);
        demandOwnTime(attempt);
        if (isLoaded) demandOwnContact(attempt);
      }
    },
  },
  {
    name: 'dialerResults gives the same attempts where it is asked again',
    applies: has('dialerResults'),
    async run(subject, vendor) {
      const { read } = await reported(subject, vendor);
      const adapter = adapterOf(subject, vendor);
      const first = (await read({ adapter })).attempts.length;
      const again = (await read({ adapter })).attempts.length;
      demand(
        again === first,
        `the same period was read twice, and gave ${first} attempts and then ${again}; a host that was interrupted reads it again, and would miss the others`,
      );
    },
  },
  {
    name: 'dialerResults gives each attempt once where the period is long, too',
    applies: has('dialerResults'),
    async run(subject, vendor) {
      const { count, read } = await reported(subject, vendor);
      const [first] = (await read()).attempts;
      demand(first !== undefined, `the report has ${count} attempts, and none could be read`);
      for (const days of longPeriods)
        // If the adapter splits the period, the attempt lies exactly where one part ends and the next begins, and in the second run a millisecond before.
        for (const earlierMs of [0, 1]) {
          const from = new Date(Date.parse(first.at) - days * 24 * hourMs + earlierMs);
          const { attempts, unreadable } = await read({ from });
          demand(
            attempts.length + unreadable.length === count,
            `in a period that began ${days} days before an attempt, ${attempts.length} attempts were read, and the report has ${count}; if you split the period, an attempt at the very end of one part must be read with exactly one of the two parts`,
          );
        }
    },
  },
  {
    name: 'dialerResults tells of a row that cannot be used, and reads the others',
    applies: has('dialerResults'),
    async run(subject, vendor) {
      needs(vendor, 'spoilAttempt');
      const { count, read } = await reported(subject, vendor);
      await vendor.spoilAttempt();
      const { attempts, unreadable } = await read();
      demand(
        unreadable.length === 1,
        `one of ${count} rows cannot be used, and onUnreadable was called ${unreadable.length} times; nobody would notice that an attempt is missing if its row is left out in silence`,
      );
      demand(
        attempts.length === count - 1,
        `one of ${count} rows cannot be used, and ${attempts.length} of the others were read`,
      );
      for (const row of unreadable) demandDiscreet(row);
    },
  },
  {
    name: 'dialerResults fails where a page of the report is missing',
    applies: has('dialerResults'),
    run: (subject, vendor) =>
      eachRound(subject, vendor, async (failing, own) => {
        const { count, read } = await reported(subject, own);
        const { context, asked } = interposed(({ position }, pass) =>
          position < failing ? pass() : Promise.resolve(new Response('{}', { status: 500 })),
        );
        const given = await read({ context }).then(
          ({ attempts, unreadable }) => attempts.length + unreadable.length,
          () => 'failure' as const,
        );
        demand(
          given === 'failure' || given === count,
          `request ${failing} was answered with status 500, and read() succeeded with ${given} of ${count} attempts; throw when a page has failed, otherwise the other attempts are never asked for again`,
        );
        return asked() < failing;
      }),
  },
];
