import {
  maskPersonal,
  type AdapterContext,
  type Logger,
  type Mailing,
  type ReportedAttempt,
  type UnreadableRow,
} from '@finaz-telephony/core';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { adapterFailure } from '../calls/adapter-failure.ts';
import { boundFeature } from '../calls/feature-work.ts';
import { inContext, type LoggedWorkplace } from '../calls/in-context.ts';
import type { Tenant } from '../tenants/tenant.ts';
import { attemptKeys, type IncomingAttempt } from './attempt-key.ts';
import type { AttemptStore } from './attempt-store.ts';
import { sealNumbers } from './attempt-writes.ts';
import { joinNumber } from './dialed-number.ts';
import type { MailingContacts } from './mailing-contacts.ts';
import { withoutRepeats } from './merge-attempts.ts';
import { SeenRows } from './seen-rows.ts';
import type { StatusRecorder, StatusStore } from './vendor-statuses.ts';

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

/** The thread that serves operators is never held longer than one chunk takes. */
const chunkSize = 1000;
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
  const feature = boundFeature(tenant, 'dialerResults');
  const recorder = await dependencies.statuses.recorder(tenant, feature.connection.name);
  const seen = new SeenRows();
  const sample: UnreadableRow[] = [];
  const progress = { read: 0, added: 0, changed: 0, foreign: 0, unreadable: 0, outside: 0 };
  const onUnreadable = ({ position, reason }: UnreadableRow) => {
    progress.unreadable += 1;
    progress.read += 1;
    if (sample.length < sampleSize)
      sample.push({ position, reason: maskPersonal(reason).slice(0, 300) });
  };
  const shown = () => ({ ...progress, unreadableSample: sample });

  async function store(reported: readonly ReportedAttempt[]): Promise<void> {
    const incoming = await identify(dependencies, reading, recorder, reported);
    const rows = withoutRepeats(incoming, recorder.wordOf);
    const written = await dependencies.attempts.write({
      ref: reading.ref,
      fetchId: reading.fetchId,
      leaseUntil: dependencies.now().getTime() + leaseMs,
      rows: sealNumbers(tenant.cipher, rows),
      seen,
      wordOf: recorder.wordOf,
    });
    progress.read += reported.length;
    progress.added += written.added;
    progress.changed += written.changed;
    progress.foreign += incoming.filter(({ matchedBy }) => matchedBy === 'none').length;
    await dependencies.onStored(tenant, rows);
    onProgress(shown());
    // What else waits, a call of an operator for instance, comes first.
    await nextTurn();
  }

  async function readAll(context: AdapterContext): Promise<void> {
    let chunk: ReportedAttempt[] = [];
    let rows = 0;
    const report = feature.run.read({ mailing, period, onUnreadable }, context);
    for await (const attempt of asReported(report, dependencies.logger)) {
      rows += 1;
      // Rows that are not kept come from an adapter's memory, perhaps without an end.
      if (rows % chunkSize === 0) await nextTurn();
      const reason = wrongForm(attempt) ?? unusable(attempt);
      if (reason !== undefined) {
        onUnreadable({ position: progress.read + chunk.length + 1, reason });
        continue;
      }
      const at = Date.parse(attempt.at);
      if (at < period.from.getTime() || at > until) {
        progress.outside += 1;
        progress.read += 1;
        continue;
      }
      chunk.push(attempt);
      if (chunk.length < chunkSize) continue;
      const full = chunk;
      chunk = [];
      await store(full);
    }
    if (chunk.length > 0) await store(chunk);
  }

  const { connection } = feature;
  const work = { tenant, connection, feature: feature.name, personal: [], signal };
  await inContext(dependencies, work, readAll);
  return shown();
}

/** What the adapter throws is told from what the store does. @throws {TelephonyError} */
async function* asReported(
  report: AsyncIterable<ReportedAttempt>,
  logger: Logger,
): AsyncGenerator<ReportedAttempt> {
  const attempts = report[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await attempts.next().catch((error: unknown) => {
        throw adapterFailure(error, 'dialerResults', logger);
      });
      if (done) return;
      yield value;
    }
  } finally {
    await attempts.return?.();
  }
}

const texts = ['areaCode', 'number', 'at', 'vendorStatus'];
const textsOrNothing = ['contactId', 'callId', 'id', 'extension'];

/** What is no attempt, of an adapter without types: one such row would end the reading of all others, today and each time again. */
function wrongForm(given: unknown): string | undefined {
  if (!isObject(given)) return 'the adapter gave no attempt';
  const isText = (name: string) => typeof given[name] === 'string';
  const wrong =
    texts.find((name) => !isText(name)) ??
    textsOrNothing.find((name) => given[name] !== undefined && !isText(name));
  if (wrong !== undefined) return `the adapter gave as ${wrong} what is no text`;
  const { duration } = given;
  return duration === undefined || Number.isFinite(duration)
    ? undefined
    : 'the adapter gave as duration what is no number';
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Why an attempt that an adapter gave cannot be stored. */
function unusable(attempt: ReportedAttempt): string | undefined {
  if (attempt.number === '' && attempt.areaCode === '') return 'it has no number';
  if (Number.isNaN(Date.parse(attempt.at))) return 'it has no readable time';
  if (attempt.number.length > 64) return tooLong('number', 64);
  if (isLonger(attempt.contactId, 128)) return tooLong('contact id', 128);
  if (isLonger(attempt.callId, 256)) return tooLong('call id', 256);
  if (isLonger(attempt.id, 256)) return tooLong('id', 256);
  return isLonger(attempt.extension, 64) ? tooLong('extension', 64) : undefined;
}

const isLonger = (text: string | undefined, most: number) =>
  text !== undefined && text.length > most;
const tooLong = (what: string, most: number) => `its ${what} has more than ${most} characters`;

const control = /[\u0000-\u001f\u007f]/;
const controls = /[\u0000-\u001f\u007f]/g;

/** Databases refuse U+0000, and no identifier has control characters. */
const clean = (text: string) => (control.test(text) ? text.replace(controls, ' ') : text).trim();
const cleanOrNull = (text: string | undefined) => {
  const cleaned = text === undefined ? '' : clean(text);
  return cleaned === '' ? null : cleaned;
};

async function identify(
  { contacts }: ReadResultsDependencies,
  { tenant, ref }: ResultsReading,
  recorder: StatusRecorder,
  reported: readonly ReportedAttempt[],
): Promise<IncomingAttempt[]> {
  const statuses = await recorder.idsOf(reported.map(({ vendorStatus }) => clean(vendorStatus)));
  const read = reported.map((attempt, index) => {
    const number = joinNumber({ areaCode: clean(attempt.areaCode), number: clean(attempt.number) });
    return {
      id: cleanOrNull(attempt.id) ?? undefined,
      contactId: cleanOrNull(attempt.contactId),
      number,
      numberHash: tenant.cipher.hash(number),
      status: statuses[index] ?? 0,
      callId: cleanOrNull(attempt.callId),
      extension: cleanOrNull(attempt.extension),
      at: Date.parse(attempt.at),
      duration: attempt.duration === undefined ? null : Math.round(attempt.duration),
    };
  });
  const known = await contacts.known(ref, [
    ...new Set(read.flatMap(({ contactId }) => contactId ?? [])),
  ]);
  const hashes = read.flatMap(({ contactId, numberHash }) =>
    contactId === null ? numberHash : [],
  );
  const byNumber =
    hashes.length === 0 ? undefined : await contacts.byNumber(ref, [...new Set(hashes)]);
  return read.map(({ id, ...attempt }) => {
    const keys = attemptKeys({ id, ...attempt });
    if (attempt.contactId !== null) {
      return { ...attempt, ...keys, matchedBy: known.has(attempt.contactId) ? 'contact' : 'none' };
    }
    // A number that several contacts share says nothing of whose call it was.
    const owners = byNumber?.get(attempt.numberHash) ?? [];
    return owners.length === 1
      ? { ...attempt, ...keys, contactId: owners[0] ?? null, matchedBy: 'number' }
      : { ...attempt, ...keys, matchedBy: 'none' };
  });
}
