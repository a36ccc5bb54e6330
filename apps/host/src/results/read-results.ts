import {
  maskPersonal,
  pagesOf,
  type AdapterContext,
  type Mailing,
  type ReportedAttempt,
  type UnreadableRow,
} from '@finaz-telephony/core';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { adapterFailure } from '../calls/adapter-failure.ts';
import { boundFeature } from '../calls/feature-work.ts';
import { inContext, type LoggedWorkplace } from '../calls/in-context.ts';
import type { Tenant } from '../tenants/tenant.ts';
import type { IncomingAttempt } from './attempt-key.ts';
import type { AttemptStore } from './attempt-store.ts';
import { identifyAttempts } from './identify-attempts.ts';
import type { MailingContacts } from './mailing-contacts.ts';
import { withoutRepeats } from './merge-attempts.ts';
import { readAttempt, type ReadableAttempt } from './readable-attempt.ts';
import { SeenRows } from './seen-rows.ts';
import type { StatusStore } from './vendor-statuses.ts';

export interface ReadResultsDependencies extends LoggedWorkplace {
  readonly attempts: AttemptStore;
  readonly statuses: StatusStore;
  readonly contacts: MailingContacts;
  /** Told of every chunk that was stored. */
  readonly onStored: (tenant: Tenant, attempts: readonly IncomingAttempt[]) => Promise<void>;
}

/** One reading of the results of a mailing. */
export interface ResultsReading {
  readonly tenant: Tenant;
  readonly mailing: Mailing;
  readonly ref: number;
  readonly fetchId: string;
  readonly period: { readonly from: Date; readonly to: Date };
  /** When another mailing took the queue, with room for the vendor's clock. */
  readonly until: number | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ReadProgress) => void;
}

export interface ReadProgress {
  /** Rows of the report, those that cannot be read among them. */
  readonly read: number;
  readonly added: number;
  readonly changed: number;
  readonly foreign: number;
  readonly unreadable: number;
  readonly unreadableSample: readonly UnreadableRow[];
  /** Rows of another time than the mailing's: systems that report whole days tell what was dialed before it, and after it, too. */
  readonly outside: number;
}

/** The thread that serves operators is never held longer than one chunk takes. Of twice as many, too much outlives the collections of young objects: the host's memory grows by half. */
const chunkSize = 500;
const leaseMs = 120_000;
const sampleSize = 50;

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
  const { tenant, mailing, period, until = Number.POSITIVE_INFINITY, signal, onProgress } = reading;
  const { contacts } = dependencies;
  const feature = boundFeature(tenant, 'dialerResults');
  const recorder = await dependencies.statuses.recorder(tenant, feature.connection.name);
  const seen = new SeenRows();
  const sample: UnreadableRow[] = [];
  const progress = { read: 0, added: 0, changed: 0, foreign: 0, unreadable: 0, outside: 0 };
  /** How many rows of the report have come. */
  let position = 0;
  const addUnreadable = (row: UnreadableRow) => {
    progress.unreadable += 1;
    progress.read += 1;
    if (sample.length < sampleSize)
      sample.push({ ...row, reason: maskPersonal(row.reason).slice(0, 300) });
  };
  const onUnreadable = ({ position: place, reason }: UnreadableRow) => {
    position += 1;
    addUnreadable({ position: place, reason });
  };
  const shown = () => ({ ...progress, unreadableSample: sample });

  async function store(incoming: readonly IncomingAttempt[]): Promise<void> {
    const rows = withoutRepeats(incoming, recorder.wordOf);
    const written = await dependencies.attempts.write({
      ref: reading.ref,
      fetchId: reading.fetchId,
      leaseUntil: dependencies.now().getTime() + leaseMs,
      rows,
      seen,
      wordOf: recorder.wordOf,
    });
    progress.read += incoming.length;
    progress.added += written.added;
    progress.changed += written.changed;
    progress.foreign += incoming.filter(({ matchedBy }) => matchedBy === 'none').length;
    await dependencies.onStored(tenant, rows);
    onProgress(shown());
  }

  /** What of a report can be stored, in chunks. What its adapter throws is told from what the store does. @throws {TelephonyError} */
  async function* chunksOf(
    report: AsyncIterable<ReportedAttempt>,
  ): AsyncGenerator<readonly ReadableAttempt[]> {
    let chunk: ReadableAttempt[] = [];
    let failure: { readonly error: unknown } | undefined;
    try {
      for await (const page of pagesOf(report)) {
        for (const given of page) {
          position += 1;
          // What else waits, a call of an operator for instance, comes first.
          if (position % chunkSize === 0) await nextTurn();
          const attempt = readAttempt(given);
          if (typeof attempt === 'string') {
            addUnreadable({ position, reason: attempt });
          } else if (attempt.at < period.from.getTime() || attempt.at > until) {
            progress.outside += 1;
            progress.read += 1;
          } else {
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
    // What came before it broke off is kept, too.
    if (chunk.length > 0) yield chunk;
    if (failure) throw adapterFailure(failure.error, 'dialerResults', dependencies.logger);
  }

  async function readAll(context: AdapterContext): Promise<void> {
    const { ref } = reading;
    const identification = { ref, cipher: tenant.cipher, contacts, recorder };
    const report = feature.run.read({ mailing, period, onUnreadable }, context);
    let writing: Promise<void> = Promise.resolve();
    try {
      for await (const chunk of chunksOf(report)) {
        const incoming = await identifyAttempts(identification, chunk);
        // One chunk is written while the next one is read.
        await writing;
        writing = store(incoming);
        // Its failure is told where it is waited for.
        writing.catch(() => undefined);
      }
    } finally {
      await writing;
    }
  }

  const { connection } = feature;
  const work = { tenant, connection, feature: feature.name, personal: [], signal };
  await inContext(dependencies, work, readAll);
  return shown();
}
