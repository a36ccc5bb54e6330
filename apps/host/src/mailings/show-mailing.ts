import * as v from 'valibot';
import { VendorAnswerSchema } from '../http/problem.ts';
import { unreadableRow } from '../store/damaged-rows.ts';
import { contactStates, mailingStates } from './mailing-state.ts';
import type { ListedMailing } from './mailing-store.ts';

const CountSchema = v.pipe(v.number(), v.integer());
const MomentSchema = v.nullable(v.string());

/** States in which `held_until` says that a mailing is held; in others it says when the mailing is looked at again. */
const waits: ReadonlySet<string> = new Set(['waiting', 'loading']);

export const ShownMailingSchema = v.pipe(
  v.object({
    mailingId: v.string(),
    unreadable: unreadableRow('parameters and error'),
    queue: v.string(),
    state: v.picklist(mailingStates),
    step: v.pipe(
      v.nullable(v.picklist(['clear', 'prepare', 'send', 'settle', 'activate'])),
      v.description(
        'What a load is at. `settle`: a file is there, and who is in it is written down.',
      ),
    ),
    total: v.pipe(
      CountSchema,
      v.description('Contacts that were taken; the five counts below add up to it.'),
    ),
    pending: CountSchema,
    sending: CountSchema,
    sent: CountSchema,
    failed: v.pipe(CountSchema, v.description('The telephone system said no.')),
    inDoubt: v.pipe(
      CountSchema,
      v.description('Nobody knows whether the telephone system has them.'),
    ),
    rejected: v.pipe(CountSchema, v.description('Rows that were not taken: see …/rejects.')),
    taken: v.pipe(
      v.nullable(CountSchema),
      v.description('How many contacts the telephone system says it took, where it says so.'),
    ),
    missing: v.pipe(
      CountSchema,
      v.description('Sent, but not among those that the telephone system says it took.'),
    ),
    perSecond: v.pipe(v.nullable(v.number()), v.description('Contacts settled per second.')),
    secondsLeft: v.nullable(v.number()),
    error: v.nullable(
      v.object({
        code: v.pipe(
          v.string(),
          v.description(
            'One of the codes of a `Problem`, or `queue_busy`, `calling_hours`, `nothing_to_load`, `replaced`.',
          ),
        ),
        message: v.string(),
        hint: v.optional(v.string()),
        vendor: v.optional(
          v.object({ status: v.optional(v.number()), message: v.optional(v.string()) }),
        ),
      }),
    ),
    heldUntil: MomentSchema,
    createdAt: v.string(),
    updatedAt: v.string(),
    activatedAt: MomentSchema,
    replacedAt: v.pipe(
      MomentSchema,
      v.description('When another mailing took the queue, or a person emptied it.'),
    ),
    finishedAt: MomentSchema,
  }),
  v.metadata({ ref: 'Mailing' }),
);
export type ShownMailing = v.InferOutput<typeof ShownMailingSchema>;

export const ShownContactSchema = v.pipe(
  v.object({
    contactId: v.string(),
    state: v.picklist(contactStates),
    vendor: v.pipe(
      v.nullable(
        v.object({
          code: v.string(),
          message: v.optional(v.string()),
          hint: v.optional(v.string()),
          vendor: v.optional(VendorAnswerSchema),
        }),
      ),
      v.description("What went wrong, with the telephone system's own words."),
    ),
    unreadable: unreadableRow('words of the telephone system'),
    updatedAt: v.string(),
  }),
  v.metadata({ ref: 'MailingContact' }),
);

const moment = (at: number | null) => (at === null ? null : new Date(at).toISOString());

const settled = ({ sent, failed, in_doubt }: ListedMailing) => sent + failed + in_doubt;

/** Contacts per second between two looks at a mailing. */
export function rateBetween(
  earlier: { readonly record: ListedMailing; readonly at: number } | undefined,
  later: ListedMailing,
  at: number,
): number | null {
  const from = earlier?.at ?? later.prepared_at;
  if (later.state !== 'loading' || from === null || at - from < 200) return null;
  const before = earlier ? settled(earlier.record) : 0;
  return Math.max(0, ((settled(later) - before) / (at - from)) * 1000);
}

/** A mailing that waits for its queue has no such moment: nobody knows when the queue is free. */
const isHeld = ({ held_until, state, error }: ListedMailing, at: number): boolean =>
  held_until > at && waits.has(state) && error?.code !== 'queue_busy';

export function showMailing(
  record: ListedMailing,
  at: number,
  perSecond: number | null = rateBetween(undefined, record, at),
): ShownMailing {
  const left = record.pending + record.sending;
  return {
    mailingId: record.id,
    ...(record.unreadable && { unreadable: true }),
    queue: record.queue,
    state: record.state,
    step: record.state === 'loading' ? record.step : null,
    total: record.total,
    pending: record.pending,
    sending: record.sending,
    sent: record.sent,
    failed: record.failed,
    inDoubt: record.in_doubt,
    rejected: record.rejected,
    taken: record.taken,
    missing: record.taken === null ? 0 : Math.max(0, record.sent - record.taken),
    perSecond: perSecond === null ? null : Math.round(perSecond * 10) / 10,
    secondsLeft: perSecond === null || perSecond === 0 ? null : Math.ceil(left / perSecond),
    error: record.error === null ? null : { ...record.error },
    heldUntil: isHeld(record, at) ? moment(record.held_until) : null,
    createdAt: new Date(record.created_at).toISOString(),
    updatedAt: new Date(record.updated_at).toISOString(),
    activatedAt: moment(record.activated_at),
    replacedAt: moment(record.replaced_at),
    finishedAt: moment(record.finished_at),
  };
}
