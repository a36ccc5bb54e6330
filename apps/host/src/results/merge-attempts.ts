import type { AttemptTable } from '../store/schema.ts';
import type { IncomingAttempt } from './attempt-key.ts';

/** What of an attempt may still change. */
export type MutableAttempt = Pick<
  IncomingAttempt,
  'contactId' | 'matchedBy' | 'status' | 'callId' | 'extension' | 'at' | 'duration'
>;

/** What the vendor calls a status, for an order that does not depend on which status was seen first. */
export type StatusWord = (status: number) => string;

/** What a fetch has told of an attempt so far; the rest of the stored row is what earlier fetches told. */
export interface Told {
  readonly status: boolean;
  readonly duration: boolean;
}

export const toldBy = (
  { status, duration }: Pick<MutableAttempt, 'status' | 'duration'>,
  wordOf: StatusWord,
): Told => ({ status: wordOf(status) !== '', duration: duration !== null });

/**
 * Merges two reports of one attempt. The first report of a fetch is the vendor's present word: it prevails over what was stored earlier, which fills in what it
 * leaves out. Of several reports in one fetch (one line for each leg of a call, for instance) the longest prevails, so that their order does not matter.
 *
 * @param told by this fetch; `undefined` if `incoming` is its first report of the attempt
 */
export function mergeAttempts<Stored extends MutableAttempt>(
  stored: Stored,
  incoming: MutableAttempt,
  told: Told | undefined,
  wordOf: StatusWord,
): Stored {
  const toldNow = toldBy(incoming, wordOf);
  const isFirst =
    !told || outranks(rankOf(incoming, toldNow, wordOf), rankOf(stored, told, wordOf));
  const [first, second] = isFirst ? [incoming, stored] : [stored, incoming];
  const hasStatus = isFirst ? toldNow.status : told.status || !toldNow.status;
  const contact = certainty[second.matchedBy] > certainty[first.matchedBy] ? second : first;
  return {
    ...stored,
    contactId: contact.contactId,
    matchedBy: contact.matchedBy,
    status: hasStatus ? first.status : second.status,
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

/** What decides which of several reports in one fetch prevails. */
interface Rank {
  readonly duration: number;
  readonly word: string;
  readonly at: number;
}

const rankOf = (
  { status, duration, at }: MutableAttempt,
  told: Told,
  wordOf: StatusWord,
): Rank => ({
  duration: (told.duration ? duration : null) ?? -1,
  word: told.status ? wordOf(status) : '',
  at,
});

function outranks(left: Rank, right: Rank): boolean {
  if (left.duration !== right.duration) return left.duration > right.duration;
  const words = left.word.localeCompare(right.word, 'en');
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
  return [...byKey.values()].flatMap((reports) =>
    reports.length === 1 ? reports : [mergeReports(reports, wordOf)],
  );
}

/** The longest first: the next longest fills in what it leaves out, in whichever order they came. */
function mergeReports(reports: readonly IncomingAttempt[], wordOf: StatusWord): IncomingAttempt {
  return reports
    .map((attempt) => ({ attempt, rank: rankOf(attempt, toldBy(attempt, wordOf), wordOf) }))
    .toSorted((left, right) =>
      outranks(left.rank, right.rank) ? -1 : outranks(right.rank, left.rank) ? 1 : 0,
    )
    .map(({ attempt }) => attempt)
    .reduce((first, next) => mergeAttempts(first, next, toldBy(first, wordOf), wordOf));
}
