import {
  pagesOf,
  type AdapterContext,
  type ContextFetch,
  type Logger,
  type Mailing,
  type ReportedAttempt,
  type UnreadableRow,
} from '@finaz-telephony/core';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { adapterFailure } from '../adapter-work/adapter-failure.ts';
import { inContext, type LoggedWorkplace } from '../adapter-work/in-context.ts';
import { GivenUpError } from '../egress/egress-error.ts';
import type { BoundFeature } from '../tenants/bound-feature.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { IncomingAttempt } from './attempt-key.ts';
import type { AttemptStore } from './attempt-store.ts';
import { identifyAttempts } from './identify-attempts.ts';
import type { MailingContacts } from './mailing-contacts.ts';
import { withoutRepeats } from './merge-attempts.ts';
import { ReadTally, type ReadProgress } from './read-progress.ts';
import { readAttempt, type ReadableAttempt } from './readable-attempt.ts';
import { fetchLeaseMs } from './claimed-fetches.ts';
import { SeenRows } from './seen-rows.ts';
import type { StatusStore } from './vendor-statuses.ts';

export interface ReadResultsDependencies extends LoggedWorkplace {
  readonly attempts: AttemptStore;
  readonly statuses: StatusStore;
  readonly contacts: MailingContacts;
  /** Called with every chunk that was stored. */
  readonly onStored: (tenant: Tenant, attempts: readonly IncomingAttempt[]) => Promise<void>;
}

/** One reading of the results of a mailing. */
export interface ResultsReading {
  readonly tenant: Tenant;
  readonly mailing: Mailing;
  /** The feature of the connection that tells the results. */
  readonly feature: BoundFeature<'dialerResults'>;
  readonly ref: number;
  readonly fetchId: string;
  readonly period: { readonly from: Date; readonly to: Date };
  /** When another mailing took the queue, plus a margin for the vendor's clock. */
  readonly until: number | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ReadProgress) => void;
  /** Called with `true` when the telephone system is asked, with `false` when an answer has begun. */
  readonly onWaiting: (waits: boolean) => void;
}

/** A chunk holds up the thread that serves operators. With twice as many rows, more objects also outlive young collections, and the host's memory grows by half. */
export const chunkSize = 500;

/**
 * Reads what the dialer reports, and stores it chunk by chunk, each in one commit: what has come is kept, whatever happens to the rest.
 *
 * @throws {TelephonyError}
 * @throws {FetchLost} when another host has taken over
 */
export async function readResults(
  dependencies: ReadResultsDependencies,
  reading: ResultsReading,
): Promise<ReadProgress> {
  const { tenant, mailing, ref, fetchId, period, signal, onProgress, onWaiting } = reading;
  const { attempts, contacts, statuses, now } = dependencies;
  const { name, connection, run } = reading.feature;
  const recorder = await statuses.recorder(tenant, connection.name);
  const { wordOf } = recorder;
  const seen = new SeenRows();
  const tally = new ReadTally();

  /** Called for a row that the adapter itself could not read. */
  function onUnreadable(row: UnreadableRow): void {
    tally.nextPosition();
    tally.addUnreadable(row);
  }

  /**
   * Ends a long report that has already arrived, with no exchange left to abort: read on, it would be given up in the middle of a chunk, as by an adapter that
   * does not end.
   */
  function check(): void {
    if (signal.aborted) throw new GivenUpError(connection.name, true, signal.reason);
  }

  async function store(incoming: readonly IncomingAttempt[]): Promise<void> {
    const rows = withoutRepeats(incoming, wordOf);
    const leaseUntil = now().getTime() + fetchLeaseMs;
    const from = { ref, fetchId, leaseUntil, connection: connection.name };
    const written = await attempts.write({ ...from, rows, seen, wordOf });
    tally.addStored(incoming, written);
    await dependencies.onStored(tenant, rows);
    onProgress(tally.progress);
  }

  async function readAll(context: AdapterContext): Promise<void> {
    const identification = { ref, cipher: tenant.cipher, contacts, recorder };
    const fetch = waitingTold(context.fetch, onWaiting);
    const report = run.read({ mailing, period, onUnreadable }, { ...context, fetch });
    let writing: Promise<void> = Promise.resolve();
    try {
      const chunks = storableChunks(report, { ...reading, tally, check }, dependencies.logger);
      for await (const chunk of chunks) {
        const incoming = await identifyAttempts(identification, chunk);
        // One chunk is written while the next one is read.
        await writing;
        writing = store(incoming);
        // Its failure surfaces where `writing` is awaited.
        writing.catch(() => undefined);
      }
    } finally {
      await writing;
    }
  }

  const work = { tenant, connection, feature: name, personal: [], signal };
  await inContext(dependencies, work, readAll);
  return tally.progress;
}

function waitingTold(fetch: ContextFetch, onWaiting: ResultsReading['onWaiting']): ContextFetch {
  return async (url, init) => {
    onWaiting(true);
    const answer = await fetch(url, init);
    onWaiting(false);
    return answer;
  };
}

interface ChunkOptions extends Pick<ResultsReading, 'period' | 'until'> {
  readonly tally: ReadTally;
  /** @throws {TelephonyError} where it is to be read no further */
  readonly check: () => void;
}

/** The rows of a report that can be stored, in chunks. Errors of the adapter are told apart from those of the store. @throws {TelephonyError} */
async function* storableChunks(
  report: AsyncIterable<ReportedAttempt>,
  { period, until = Number.POSITIVE_INFINITY, tally, check }: ChunkOptions,
  logger: Logger,
): AsyncGenerator<readonly ReadableAttempt[]> {
  let chunk: ReadableAttempt[] = [];
  let failure: { readonly error: unknown } | undefined;
  try {
    for await (const page of pagesOf(report)) {
      for (const given of page) {
        const position = tally.nextPosition();
        // Whatever else waits, such as a call of an operator, comes first.
        if (position % chunkSize === 0) {
          await nextTurn();
          check();
        }
        const attempt = readAttempt(given);
        if (typeof attempt === 'string') tally.addUnreadable({ position, reason: attempt });
        else if (attempt.at < period.from.getTime() || attempt.at > until) tally.addOutside();
        else {
          chunk.push(attempt);
          if (chunk.length < chunkSize) continue;
          yield chunk;
          chunk = [];
        }
      }
    }
  } catch (error) {
    failure = { error };
  }
  // What came before the report broke off is kept, too.
  if (chunk.length > 0) yield chunk;
  if (failure) throw adapterFailure(failure.error, 'dialerResults', logger);
}
