import { OutcomeSchema, type Outcome } from '@finaz-telephony/core';
import { outcomes } from '@finaz-telephony/core/host';
import * as v from 'valibot';
import { durationMs, durationSchema } from '../tenants/duration.ts';
import { parseDayHours, type CallingHours } from './calling-hours.ts';

const DayHoursSchema = v.pipe(
  v.string(),
  v.check(
    (text) => parseDayHours(text) !== undefined,
    (issue) => `${JSON.stringify(issue.input)} are no hours; write for example 08:00-20:00`,
  ),
);

const hoursOf = (days: string) =>
  v.pipe(v.optional(DayHoursSchema), v.description(`${days}: 08:00-20:00`));

const CallingHoursSchema = v.pipe(
  v.strictObject({
    weekdays: hoursOf('Monday to Friday'),
    saturday: hoursOf('Saturdays'),
    sunday: hoursOf('Sundays'),
    holidays: v.pipe(
      v.optional(v.array(v.pipe(v.string(), v.isoDate('write a day as 2026-12-25'))), []),
      v.description('Days as 2026-12-25, on which nobody is called.'),
    ),
  }),
  v.description(
    'When people may be called, by the clock of the area code; a day that is left out is closed.',
  ),
);

const ExcludeWorkedSchema = v.pipe(
  v.strictObject({
    outcomes: v.pipe(
      v.optional(v.pipe(v.array(OutcomeSchema), v.minLength(1, 'name one outcome at least')), [
        'answered',
        'invalid_number',
      ]),
      v.description(`Any of ${outcomes.join(', ')}.`),
    ),
    within: v.pipe(
      v.optional(durationSchema(60_000, 365 * 86_400_000, 'between 1m and 365d'), '30d'),
      v.description('How long such an outcome counts: 12h, 30d.'),
    ),
  }),
  v.description(
    'Numbers that earlier mailings have reached, or found invalid, are left out of the next one.',
  ),
);

/** Rules that protect people and the company, all off by default. The do-not-call list is separate and always applies. */
export const RulesSchema = v.pipe(
  v.strictObject({
    callingHours: v.optional(CallingHoursSchema),
    attemptsPerDay: v.pipe(
      v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100))),
      v.description('Most times that one number is called on one day, by operators and dialer.'),
    ),
    excludeWorked: v.optional(ExcludeWorkedSchema),
    doubleClick: v.pipe(
      v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(60))),
      v.description(
        'The same call or transfer, asked for again before its answer or so many seconds after it, is the same click: it is placed once. Two seconds take in the clicks of a double click.',
      ),
    ),
  }),
  v.title('rules'),
);

/** The rules of a tenant, ready for use. */
export interface Rules {
  readonly callingHours?: CallingHours;
  readonly attemptsPerDay?: number;
  /** If absent, every click is a call of its own. */
  readonly doubleClickMs?: number;
  readonly excludeWorked?: {
    readonly outcomes: ReadonlySet<Outcome>;
    readonly withinMs: number;
  };
}

export function buildRules(document: v.InferOutput<typeof RulesSchema>): Rules {
  const { callingHours, attemptsPerDay, doubleClick, excludeWorked } = document;
  const day = (text: string | undefined) => (text === undefined ? undefined : parseDayHours(text));
  return {
    ...(callingHours && {
      callingHours: {
        weekdays: day(callingHours.weekdays),
        saturday: day(callingHours.saturday),
        sunday: day(callingHours.sunday),
        holidays: new Set(callingHours.holidays),
      },
    }),
    ...(attemptsPerDay !== undefined && { attemptsPerDay }),
    ...(doubleClick !== undefined && { doubleClickMs: doubleClick * 1000 }),
    ...(excludeWorked && {
      excludeWorked: {
        outcomes: new Set(excludeWorked.outcomes),
        withinMs: durationMs(excludeWorked.within),
      },
    }),
  };
}
