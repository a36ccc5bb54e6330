import type { AttemptTable } from '../store/schema.ts';
import type { IncomingAttempt } from './attempt-key.ts';

/** What of an attempt may still change. */
export type MutableAttempt = Pick<
  IncomingAttempt,
  'contactId' | 'matchedBy' | 'status' | 'callId' | 'extension' | 'at' | 'duration'
>;

/** What the vendor calls a status, for an order that does not depend on which status was seen first. */
export type StatusWord = (status: number) => string;

/**
 * Merges two reports of one attempt. The first report of a fetch is the vendor's present word: it prevails over what was stored earlier, which fills in what it
 * leaves out. Of several reports in one fetch (one line for each leg of a call, for instance) the longest prevails, so that their order does not matter.
 */
export function mergeAttempts<Stored extends MutableAttempt>(
  stored: Stored,
  incoming: MutableAttempt,
  seenInThisFetch: boolean,
  wordOf: StatusWord,
): Stored {
  const isFirst = !seenInThisFetch || outranks(incoming, stored, wordOf);
  const [first, second] = isFirst ? [incoming, stored] : [stored, incoming];
  const contact = certainty[second.matchedBy] > certainty[first.matchedBy] ? second : first;
  return {
    ...stored,
    contactId: contact.contactId,
    matchedBy: contact.matchedBy,
    status: wordOf(first.status) === '' ? second.status : first.status,
    at: first.at,
    callId: first.callId ?? second.callId,
    extension: first.extension ?? second.extension,
    duration: first.duration ?? second.duration,
  };
}

const certainty: Readonly<Record<AttemptTable['matched_by'], number>> = {
  contact: 2,
  number: 1,
  none: 0,
};

function outranks(left: MutableAttempt, right: MutableAttempt, wordOf: StatusWord): boolean {
  const longer = (left.duration ?? -1) - (right.duration ?? -1);
  if (longer !== 0) return longer > 0;
  const words = wordOf(left.status).localeCompare(wordOf(right.status), 'en');
  return words === 0 ? left.at < right.at : words > 0;
}

export function isSameAttempt(left: MutableAttempt, right: MutableAttempt): boolean {
  return (
    left.status === right.status &&
    left.duration === right.duration &&
    left.callId === right.callId &&
    left.extension === right.extension &&
    left.at === right.at &&
    left.contactId === right.contactId &&
    left.matchedBy === right.matchedBy
  );
}

/** Merges the reports of one attempt within a chunk. */
export function withoutRepeats(
  attempts: readonly IncomingAttempt[],
  wordOf: StatusWord,
): IncomingAttempt[] {
  const byKey = new Map<string, IncomingAttempt[]>();
  for (const attempt of attempts) {
    const known = byKey.get(attempt.key);
    if (known) known.push(attempt);
    else byKey.set(attempt.key, [attempt]);
  }
  // The longest first: the next longest fills in what it leaves out, in whichever order they came.
  return [...byKey.values()].map((reports) =>
    reports
      .toSorted((left, right) =>
        outranks(left, right, wordOf) ? -1 : outranks(right, left, wordOf) ? 1 : 0,
      )
      .reduce((first, next) => mergeAttempts(first, next, true, wordOf)),
  );
}
