import * as v from 'valibot';
import { FindingSchema } from './diagnosis.ts';
import { issueMessage } from './errors/issue-message.ts';
import { VendorAnswerForm } from './errors/vendor-answer-form.ts';
import { callPhases } from './features/follow-call.ts';
import { CallIdSchema, ExtensionSchema } from './values/identifiers.ts';
import { OutcomeSchema } from './values/outcome.ts';

/** The form that a feature's result must have; additional keys are ignored. */
const form = (entries: v.ObjectEntries) => v.looseObject(entries);

const count = v.pipe(v.number(), v.finite());
const captures = v.optional(v.record(v.string(), v.string()));

/** A response whose body the adapter has locked or read itself could not be passed on. */
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
  // Only the body of a platform's own response is looked at: a host's response would make a web stream of its body for that.
  return isResponse && !(value instanceof Response && value.body?.locked);
}

const isText = (value: unknown) => typeof value === 'string';

const LoadStepSchema = form({ captures, taken: v.optional(count) });

// Looser than `AnsweredCallSchema`: a number may have punctuation, and the contact id may be null. A refused event would be lost: it would not come again.
const EventSchema = form({
  contactId: v.nullish(v.string()),
  number: v.pipe(v.string(), v.nonEmpty('it is empty')),
  callId: CallIdSchema,
  extension: ExtensionSchema,
});

const schemas = {
  // The host itself checks the call id: templates capture any text.
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
    rejected: v.array(
      form({ contactId: v.string(), vendor: VendorAnswerForm, reason: v.optional(v.string()) }),
    ),
    taken: v.optional(count),
    captures,
    vendor: v.optional(VendorAnswerForm),
  }),
  'contactLoad.prepare': LoadStepSchema,
  'contactLoad.activate': LoadStepSchema,
  'contactLoad.find': v.pipe(
    v.instance(Set, 'it is not a Set of contact ids'),
    // Contact ids are texts, and a number equals none of them: every contact that the vendor has would be sent again.
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

/** What is wrong with a feature's result, and where in it; never its values, which may be personal data. `undefined` for a valid result. */
export function resultFault(name: ResultName, result: unknown): string | undefined {
  const schema: v.GenericSchema = schemas[name];
  const { issues } = v.safeParse(schema, result);
  if (!issues) return undefined;
  const [issue] = issues;
  const place = v.getDotPath(issue);
  return `${place === null ? '' : `${place}: `}${issueMessage(issue)}`;
}
