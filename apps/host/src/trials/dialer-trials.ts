import { randomUUID } from 'node:crypto';
import {
  parsePhone,
  TelephonyError,
  type ContactLoadResult,
  type Mailing,
  type ReportedAttempt,
} from '@finaz-telephony/core';
import {
  ContactSchema,
  dialablePhone,
  ParametersSchema,
  QueueSchema,
} from '@finaz-telephony/core/host';
import * as v from 'valibot';
import { personalValues } from '../exchanges/personal-values.ts';
import { checkedValue } from '../http/json-body.ts';
import { featureOf } from './feature-of.ts';
import type { Trial, TrialConnection } from './trial.ts';

const ResultsInputSchema = v.strictObject({
  queue: QueueSchema,
  from: v.pipe(v.string(), v.isoTimestamp()),
  to: v.pipe(v.string(), v.isoTimestamp()),
  parameters: v.optional(ParametersSchema),
});
const QueueInputSchema = v.strictObject({
  queue: QueueSchema,
  parameters: v.optional(ParametersSchema),
});
const LoadInputSchema = v.strictObject({
  queue: QueueSchema,
  contact: v.object({
    ...ContactSchema.entries,
    name: v.optional(ContactSchema.entries.name, ''),
    cpf: v.optional(ContactSchema.entries.cpf, ''),
  }),
  parameters: v.optional(ParametersSchema),
});

export function contactClearTrial(connection: TrialConnection, input: unknown): Trial {
  const run = featureOf(connection, 'contactClear');
  const { queue, parameters = {} } = checkedValue(QueueInputSchema, input, ['input']);
  return { run: (context) => run({ queue, parameters }, context), personal: [], queue };
}

export function contactLoadTrial(connection: TrialConnection, input: unknown): Trial {
  const { prepare, send } = featureOf(connection, 'contactLoad');
  const { queue, contact, parameters = {} } = checkedValue(LoadInputSchema, input, ['input']);
  const contacts = {
    async *[Symbol.asyncIterator]() {
      yield contact;
    },
  };
  return {
    async run(context) {
      const mailing = trialMailing(queue, parameters);
      const captures = (await prepare?.(mailing, context))?.captures ?? {};
      return written(await send({ mailing: { ...mailing, captures }, contacts }, context));
    },
    personal: personalValues(contact),
    queue,
    rings: contact.phones.flatMap(
      ({ areaCode, number }) => dialablePhone(parsePhone(number, { areaCode })) ?? [],
    ),
  };
}

/** The one contact of a trial is not left out as one of many: what keeps the connection from writing it is what whoever tries it wants to know. */
function written(result: ContactLoadResult): ContactLoadResult {
  const reason = result.rejected.find((one) => one.reason !== undefined)?.reason;
  if (reason === undefined) return result;
  throw new TelephonyError({ code: 'invalid_input', message: reason, feature: 'contactLoad' });
}

/** As many attempts as a person would look at. */
const mostAttempts = 20;

export function dialerResultsTrial(connection: TrialConnection, input: unknown): Trial {
  const { read } = featureOf(connection, 'dialerResults');
  const { queue, from, to, parameters } = checkedValue(ResultsInputSchema, input, ['input']);
  const period = { from: new Date(from), to: new Date(to) };
  return {
    async run(context) {
      const attempts: ReportedAttempt[] = [];
      const mailing = trialMailing(queue, parameters);
      for await (const attempt of read({ mailing, period }, context)) {
        attempts.push(attempt);
        if (attempts.length === mostAttempts) break;
      }
      return { attempts };
    },
    personal: [],
  };
}

/** A placeholder mailing: for examining a connection. */
function trialMailing(queue: string, parameters: Mailing['parameters'] = {}): Mailing {
  return { mailingId: randomUUID(), queue, parameters, captures: {} };
}
