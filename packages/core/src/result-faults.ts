import * as v from 'valibot';
import { FindingSchema } from './diagnosis.ts';
import { issueMessage } from './errors/issue-message.ts';
import { VendorAnswerForm } from './errors/vendor-answer-form.ts';
import { callPhases } from './features/follow-call.ts';
import { CallIdSchema, ExtensionSchema } from './values/identifiers.ts';
import { OutcomeSchema } from './values/outcome.ts';

/** A form that a feature's result must have; what stands in it besides is not looked at. */
const form = (entries: v.ObjectEntries) => v.looseObject(entries);

const count = v.pipe(v.number(), v.finite());
const captures = v.optional(v.record(v.string(), v.string()));

/** Locked, or read by the adapter itself, it could not be passed on. */
const ResponseSchema = v.custom<Response>(isUnread, 'it is not a Response whose body is unread');

function isUnread(value: unknown): boolean {
  const isResponse =
    typeof value === 'object' &&
    value !== null &&
    'status' in value &&
    typeof value.status === 'number' &&
    'headers' in value &&
    value.headers instanceof Headers &&
    'bodyUsed' in value &&
    value.bodyUsed === false;
  // Only of the platform's own: a host's response makes a web stream when it is asked for one.
  return isResponse && !(value instanceof Response && value.body?.locked);
}

const isText = (value: unknown) => typeof value === 'string';

const LoadStepSchema = form({ captures, taken: v.optional(count) });

// A number with punctuation is put in order where it is kept; an event that is lost would not come again.
const EventSchema = form({
  contactId: v.nullish(v.string()),
  number: v.pipe(v.string(), v.nonEmpty('it is empty')),
  callId: CallIdSchema,
  extension: ExtensionSchema,
});

const schemas = {
  // What a call id may be, the host says: templates capture any text.
  click2call: form({ callId: v.unknown(), captures }),
  transfer: form({
    status: v.literal('accepted'),
    callId: v.optional(CallIdSchema),
    outcome: v.optional(OutcomeSchema),
    vendorStatus: v.optional(v.string()),
  }),
  recording: ResponseSchema,
  contactClear: form({ cleared: v.optional(count) }),
  'contactLoad.send': form({
    rejected: v.array(form({ contactId: v.string(), vendor: VendorAnswerForm })),
    taken: v.optional(count),
    captures,
    vendor: v.optional(VendorAnswerForm),
  }),
  'contactLoad.prepare': LoadStepSchema,
  'contactLoad.activate': LoadStepSchema,
  'contactLoad.find': v.pipe(
    v.instance(Set, 'it is not a Set of contact ids'),
    // A number is equal to no id: every contact that is there would be sent again.
    v.check((ids) => [...ids].every(isText), 'not all in the Set are texts, as contact ids are'),
  ),
  'contactLoad.keepDialing': form({ isStartedAgain: v.boolean() }),
  answeredCall: form({
    events: v.array(EventSchema),
    unreadable: v.optional(v.array(form({ position: count, reason: v.string() }))),
    response: v.optional(ResponseSchema),
  }),
  diagnose: FindingSchema,
  followCall: v.optional(
    form({
      phase: v.picklist(callPhases),
      callId: v.optional(CallIdSchema),
      outcome: v.optional(OutcomeSchema),
      vendorStatus: v.optional(v.string()),
      duration: v.optional(v.pipe(v.number(), v.minValue(0))),
    }),
  ),
} satisfies Readonly<Record<string, v.GenericSchema>>;

export type ResultName = keyof typeof schemas;

/** What is wrong with what a feature gave, with its place and without its values, which may be about anybody; `undefined` for a result. */
export function resultFault(name: ResultName, result: unknown): string | undefined {
  const schema: v.GenericSchema = schemas[name];
  const { issues } = v.safeParse(schema, result);
  if (!issues) return undefined;
  const [issue] = issues;
  const place = v.getDotPath(issue);
  return `${place === null ? '' : `${place}: `}${issueMessage(issue)}`;
}
