import { paged, TelephonyError, type ContactLoadResult } from '@finaz-telephony/core';
import { createMasker } from '../../exchanges/mask.ts';
import { chunksOf } from '../../store/chunks-of.ts';
import { insist } from '../../store/insist.ts';
import { isStoreUnavailable } from '../../store/store-error.ts';
import { ContactReading } from '../contact-reading.ts';
import { pendingPages } from './file-contacts.ts';
import { judgeFailure } from './judge-failure.ts';
import { LoadLost, type LedgerMove } from '../ledger/ledger-writes.ts';
import type { LoadWork } from './load-work.ts';
import { toMailingError } from '../mailing-error.ts';
import { LoadInterrupted, LoadStopped } from './load-ends.ts';
import { noneIsThere } from '../mailing-state.ts';
import type { MailingChange } from '../mailing-store.ts';
import { strangers } from './rejected-strangers.ts';
import { anyMayBeSent, mayBeThere, nothingToLoad } from './screen-pending.ts';
import { wordsOfRejection } from './words-of-rejection.ts';

/**
 * Whether a file that may have arrived may be sent again. The queue is cleared before that, so not if it holds contacts of an earlier file of this mailing:
 * nobody would send those again.
 */
export const mayGoAgain = ({ load, record }: LoadWork): boolean =>
  load.run.repeatable && noneIsThere(record);

/**
 * Loads a mailing as one file, which arrives whole or not at all. It is recorded before it leaves; a file whose answer is lost is sent again only after a
 * clear, and only if the connection declares that the vendor tolerates it (`repeatable`). Refused contacts go in a further file, in addition to those that are
 * there.
 *
 * @throws {TelephonyError} if it was not taken and may be sent again
 */
export async function loadFile(work: LoadWork): Promise<void> {
  if (work.record.pending > 0) await sendFile(work);
}

/** The file has arrived, and with it each contact that was not refused. Done only once: a contact that becomes pending later was not in it. */
export async function settleFile(work: LoadWork): Promise<void> {
  const { dependencies, key, lease } = work;
  await dependencies.ledger.settle(key, dependencies.clock, lease.saw);
  await work.change({ step: 'activate', file_at: null });
}

async function sendFile(work: LoadWork): Promise<void> {
  const { load, mailing } = work;
  // While the queue was cleared, the rules may have come to hold back every contact.
  if (!(await anyMayBeSent(work))) {
    if (mayBeThere(work)) return;
    throw new LoadStopped(nothingToLoad(work.record));
  }
  await writeLeaving(work);
  const reading = new ContactReading();
  try {
    const result = await work.exchange(load, [], (context) =>
      load.run.send(
        { mailing, contacts: paged(() => reading.watched(pendingPages(work, context))) },
        context,
      ),
    );
    // Even if the adapter reports success: a file that was cut off is not there.
    if (reading.failure) throw reading.failure;
    await insist(() => writeAnswer(work, result), {
      until: work.lease.cut,
      onAway: (error) =>
        work.logger.warn(
          { tenant: work.tenant.id, mailing: work.record.id, err: error },
          'the answer to a file cannot be written down; the load waits for the store',
        ),
    });
  } catch (error) {
    if (reading.failure) await fileBrokeOff(work, reading.failure);
    if (!TelephonyError.isInstance(error)) throw error;
    await fileFailed(work, error);
    throw error;
  }
  await settleFile(work);
}

/** Writes down that the file is about to leave. If the load broke off here, every contact would be in doubt, although nothing has left yet. */
async function writeLeaving(work: LoadWork): Promise<void> {
  const { lease, dependencies } = work;
  try {
    await insist(() => work.change({ step: 'send', file_at: dependencies.clock() }, 'loading'), {
      until: lease.ending,
    });
    // The store may have been away until after the calling hours.
    if (!work.mayGoOn()) throw new LoadInterrupted();
  } catch (error) {
    // Or somebody has paused or cancelled the mailing in the meantime, at another host for instance.
    if (error instanceof LoadInterrupted) await work.change({ file_at: null });
    throw error;
  }
}

/** Safe to repeat if the store was away in the middle of it. */
async function writeAnswer(work: LoadWork, result: ContactLoadResult): Promise<void> {
  const { load, dependencies } = work;
  const masker = createMasker([load.connection.secretValues]);
  const positions = await dependencies.ledger.positionsOf(
    work.record.ref,
    result.rejected.map(({ contactId }) => contactId),
  );
  const refused = result.rejected
    .flatMap((rejected) => {
      const position = positions.get(rejected.contactId);
      return position === undefined ? [] : [{ position, rejected }];
    })
    .toSorted((left, right) => left.position - right.position);
  // Chunk by chunk: to seal the words about all contacts of a file would keep everybody else waiting.
  for (const chunk of chunksOf(refused)) {
    const refusals = chunk.map(({ position, rejected }): LedgerMove => ({
      position,
      from: 'pending',
      to: 'failed',
      vendor: work.sealWords(position, wordsOfRejection(rejected, masker)),
    }));
    await dependencies.ledger.move(work.key, refusals, dependencies.clock());
  }
  const taken = await takenWith(work, result.taken, strangers(result.rejected, positions));
  // From here on the file is known to be there, whatever happens to this host.
  await work.change({
    step: 'settle',
    error: null,
    tries: 0,
    ...(result.captures && { captures: result.captures }),
    ...(taken !== undefined && { taken }),
  });
}

/**
 * How many contacts the vendor has, including those of earlier files and requests. Refusals by ids that were never sent match no contact: as many are shown as
 * missing.
 */
async function takenWith(
  work: LoadWork,
  told: number | undefined,
  strange: number,
): Promise<number | undefined> {
  const { sent, taken } = work.record;
  const earlier = noneIsThere(work.record) ? 0 : (taken ?? sent);
  if (told !== undefined) return earlier + told;
  if (strange === 0 && taken === null) return undefined;
  if (strange > 0) {
    work.logger.warn(
      { tenant: work.tenant.id, mailing: work.record.id, count: strange },
      'the telephone system has not taken contacts that it names by ids that were not sent',
    );
  }
  await work.countAgain();
  return earlier + Math.max(0, work.record.pending - strange);
}

/** This host failed, not the telephone system, which may have discarded the file without its end, or may hold a part of it. */
async function fileBrokeOff(work: LoadWork, failure: TelephonyError): Promise<never> {
  const { cause } = failure;
  const { logger, tenant, record } = work;
  // The load resumes later where it was.
  if (cause instanceof LoadLost || isStoreUnavailable(cause)) throw cause;
  logger.error(
    { tenant: tenant.id, mailing: record.id, err: cause },
    'the contacts of a file cannot be read',
  );
  const reason = toMailingError(
    failure,
    'The file broke off because its contacts could not be read',
  );
  if (!mayGoAgain(work)) await doubtFile(work, reason);
  // A part of the file may be there until the next clear.
  throw new LoadStopped(reason);
}

async function fileFailed(work: LoadWork, error: TelephonyError): Promise<void> {
  const verdict = judgeFailure(error, mayGoAgain(work));
  if (verdict === 'doubt') {
    await doubtFile(work, toMailingError(error, 'The file was sent and its answer is lost'));
  }
  // A file that may be there stays as it is until the next try; if the load is given up before that, it is in doubt.
  if (verdict === 'again' && error.delivery === 'unknown') return;
  await work.change(anew(work));
  if (verdict !== 'again') {
    throw new LoadStopped(toMailingError(error, 'The telephone system did not take the file'));
  }
}

/** After a file that was not taken: starts over, with another clear unless the queue already holds other contacts of this mailing. */
const anew = ({ record }: LoadWork): MailingChange => ({
  step: null,
  file_at: null,
  ...(noneIsThere(record) && backToClear),
});

const backToClear = { cleared_at: null, prepared_at: null } as const;

/** Back to the clear, before a file that may have arrived is sent again. `file_at` stays until that clear removes the file, to record that it had left. */
export const afterBrokenFile: MailingChange = { step: 'clear', ...backToClear };

/** Nobody knows whether the file is there: a person or the vendor says. @throws {LoadStopped} */
export async function doubtFile(
  work: LoadWork,
  reason: ConstructorParameters<typeof LoadStopped>[0],
): Promise<never> {
  const { ledger, clock } = work.dependencies;
  await ledger.moveAll(work.key, { from: 'pending', to: 'in_doubt' }, clock, work.lease.saw);
  await work.change({ step: null, file_at: null });
  throw new LoadStopped({
    ...reason,
    code: 'in_doubt',
    hint: 'Look at the telephone system whether it has the contacts, then settle them: as sent, or as pending to send the file again.',
  });
}
