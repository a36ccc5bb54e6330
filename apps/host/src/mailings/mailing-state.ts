/**
 * The life of a mailing.
 *
 * | state | meaning |
 * | --- | --- |
 * | `receiving` | its contacts are on their way in; a mailing that never arrives whole is discarded |
 * | `waiting` | complete and durable; its turn in the queue has not come, or it is held until `heldUntil` |
 * | `loading` | a host clears the queue and loads the contacts |
 * | `paused` | a person has stopped the load for a while |
 * | `stopped` | the load cannot go on by itself; `error` says why, `retry` goes on |
 * | `active` | loaded: the telephone system dials |
 * | `deactivating` | dialing ends, then the results are fetched |
 * | `finished` | the results are there |
 * | `cancelled` | given up by a person; what was loaded until then stays at the telephone system until the next clear |
 */
export const mailingStates = [
  'receiving',
  'waiting',
  'loading',
  'paused',
  'stopped',
  'active',
  'deactivating',
  'finished',
  'cancelled',
] as const;
export type MailingState = (typeof mailingStates)[number];

/** A host that works on a mailing, or takes one in, renews its lease often; a host silent for so long has lost the mailing. */
export const leaseMs = 15_000;

/** How long a host that shuts down waits for a file that is under way. */
export const longestEndMs = 25_000;

/** A mailing that nobody works on any more: it is swept like an intake whose host died, and no host that held it can write. */
export const forsaken = {
  state: 'receiving',
  fence: -1,
  lease_until: 0,
  // A new company of the same id has nothing to clear of this one.
  in_queue_since: null,
} as const;

/**
 * A mailing that waits for its queue is woken when the queue is free (`wakeNext`, `wakeForgotten`). By itself it looks only this often: several hundred that
 * look each second cost half a core.
 */
export const queueBusyMs = 120_000;

/** `held_until` of a mailing whose dialing has ended: no host takes it up while its results are fetched. The latest date there is. */
export const untilFetched = 8_640_000_000_000_000;

/** What a person may ask for, from which states, and where it leads. */
export const mailingCommands = {
  pause: { from: ['waiting', 'loading'], to: 'paused' },
  resume: { from: ['paused'], to: 'waiting' },
  retry: { from: ['stopped', 'active'], to: 'waiting' },
  cancel: { from: ['waiting', 'loading', 'paused', 'stopped'], to: 'cancelled' },
  deactivate: { from: ['waiting', 'loading', 'paused', 'stopped', 'active'], to: 'deactivating' },
} as const satisfies Readonly<
  Record<string, { readonly from: readonly MailingState[]; readonly to: MailingState }>
>;
export type MailingCommand = keyof typeof mailingCommands;

/** Whether no contact is, or may be, at the telephone system: then the queue is cleared for another try. */
export const noneIsThere = (counts: {
  readonly sent: number;
  readonly in_doubt: number;
}): boolean => counts.sent + counts.in_doubt === 0;

/** A mailing that holds its queue: another one that wants it waits. */
export const holdsQueue: readonly MailingState[] = ['loading', 'paused'];

/** Where a contact stands. `failed`: the telephone system said no. `in_doubt`: it may or may not have it. */
export const contactStates = ['pending', 'sending', 'sent', 'failed', 'in_doubt'] as const;
export type ContactState = (typeof contactStates)[number];

/** The state as written in a contact's own row; for `again` see settled-file.ts. */
export type RowState = ContactState | 'again';
