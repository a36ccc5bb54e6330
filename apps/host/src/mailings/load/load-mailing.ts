import { TelephonyError, type LoadStepResult } from '@finaz-telephony/core';
import { rest } from '../../rest.ts';
import { judgeFailure, pauseMs } from './judge-failure.ts';
import { leaveAlone } from './leave-alone.ts';
import { loadContacts } from './load-contacts.ts';
import { keepConnection } from './keep-connection.ts';
import { afterBrokenFile, doubtFile, loadFile, mayGoAgain, settleFile } from './load-file.ts';
import { inStepSpan } from './load-spans.ts';
import type { LoadWork } from './load-work.ts';
import { toMailingError } from '../mailing-error.ts';
import { LoadInterrupted, LoadStopped } from './load-ends.ts';
import { clearOfPrevious } from '../previous-load.ts';
import { recoverContacts } from './recover-contacts.ts';
import { stepBeforeSending } from './step-before-sending.ts';

/**
 * Brings a mailing into the dialer: queue taken, cleared, prepared, sent, activated. One fenced unit: a load is never without its clear, two mailings
 * never load into one queue at once. May begin anywhere in the middle, after a pause or where another host has died.
 *
 * @throws {LoadStopped} what keeps it from going on
 * @throws {LoadInterrupted}
 */
export async function loadMailing(work: LoadWork): Promise<void> {
  await keepConnection(work);
  await settleWhatWasUnderWay(work);
  await makeReady(work);
  if (work.load.run.unit === 'mailing') await step(work, 'send', loadFile);
  else {
    // The rest goes by request, even if an earlier part went as a file.
    await work.change({ step: 'send', file_at: null }, 'loading');
    await loadAll(work);
  }
  work.check();
  await step(work, 'activate', activate);
}

/** Clears and prepares, as far as that is not done. */
async function makeReady(work: LoadWork): Promise<void> {
  for (;;) {
    work.check();
    const next = stepBeforeSending(work.record);
    if (next === undefined) return;
    await step(work, next, next === 'clear' ? clearQueue : prepare);
  }
}

/** A contact whose answer is lost in so many rounds is left in doubt, so that the others get dialed. */
const mostRounds = 4;

async function loadAll(work: LoadWork): Promise<void> {
  for (let round = 1; ; round += 1) {
    await loadContacts(work);
    const absent = round < mostRounds ? 'pending' : 'in_doubt';
    const forgotten = await recoverForgotten(work, absent);
    if (forgotten + (await recoverContacts(work, 'in_doubt', absent)) === 0) return;
  }
}

/**
 * Every contact has gone out, and its outcome was written. If some are unsettled all the same, the database has forgotten them: a standby that took over may
 * have lost the last moments. A retry of the mailing would send them again.
 */
async function recoverForgotten(work: LoadWork, absent: 'pending' | 'in_doubt'): Promise<number> {
  const { dependencies, key, lease, logger, record, tenant } = work;
  await work.countAgain();
  const count = work.record.pending + work.record.sending;
  if (count === 0) return 0;
  logger.warn(
    { tenant: tenant.id, mailing: record.id, count },
    'the database has forgotten what became of contacts that were sent, as one does that takes over without its last moments',
  );
  const move = { from: 'pending', to: 'sending' } as const;
  await dependencies.ledger.moveAll(key, move, dependencies.clock, lease.saw);
  return recoverContacts(work, 'sending', absent);
}

/** Settles what was under way when a host died, by file or by request, however the company loads by now. */
async function settleWhatWasUnderWay(work: LoadWork): Promise<void> {
  const { record } = work;
  if (record.file_at !== null && record.step === 'settle') await settleFile(work);
  if (record.file_at !== null && record.step === 'send') {
    if (!mayGoAgain(work)) {
      await doubtFile(work, {
        code: 'in_doubt',
        message:
          'A host died, or could not go on, while it sent the file, so it is not known whether it arrived.',
      });
    }
    await leaveAlone(work);
    await work.change(afterBrokenFile);
  }
  if (record.sending > 0) await recoverContacts(work, 'sending');
  await work.countAgain();
}

/** A step that fails so often in a row waits for a person. */
const mostTriesOfStep = 5;

const stepNames = {
  clear: 'The queue could not be cleared, so nothing was loaded',
  prepare: 'The load could not be prepared',
  send: 'The contacts could not be loaded',
  activate: 'The contacts are loaded, but dialing could not be started',
} as const;

/** Not "nothing was loaded": a caller who is told that sends the mailing elsewhere, and people are called twice. */
const mayStillBeThere =
  'The queue could not be cleared of a file that may be there, and may be dialed';

/** Tries a step again while that is safe and makes sense. */
async function step(
  work: LoadWork,
  name: keyof typeof stepNames,
  run: (work: LoadWork) => Promise<void>,
): Promise<void> {
  // What was under way is settled by now: the mark of an earlier file must not be taken for that of the next one.
  await work.change({ step: name, ...(name === 'send' && { file_at: null }) }, 'loading');
  for (let failures = 1; ; failures += 1) {
    try {
      return await inStepSpan(work, name, () => run(work));
    } catch (error) {
      if (!TelephonyError.isInstance(error)) throw error;
      if (work.lease.ending.aborted) throw new LoadInterrupted();
      // Clearing and activating are safe to repeat, whatever became of the first time.
      const isRepeatable = name === 'send' ? work.load.run.repeatable : true;
      const isOver = judgeFailure(error, isRepeatable) !== 'again' || failures >= mostTriesOfStep;
      const isAfterFile = name === 'clear' && work.record.file_at !== null;
      if (isOver)
        throw new LoadStopped(
          toMailingError(error, isAfterFile ? mayStillBeThere : stepNames[name]),
        );
      await rest(pauseMs(error, failures), { signal: work.lease.ending });
      if (error.delivery === 'unknown') await leaveAlone(work);
      work.check();
      if (work.record.step === 'send' && work.record.file_at !== null)
        await work.change(afterBrokenFile);
      // A file that broke off has undone the clear: the whole unit begins again.
      if (name === 'send' && stepBeforeSending(work.record) !== undefined) {
        await makeReady(work);
        await work.change({ step: name }, 'loading');
      }
    }
  }
}

async function clearQueue(work: LoadWork): Promise<void> {
  const { clear, dependencies, tenant, record } = work;
  const { queue, parameters } = record;
  const connection = work.load.connection.name;
  if (clear) {
    await clearOfPrevious(dependencies, tenant, { queue, connection }, (previous) =>
      work.exchange(clear, [], (context) =>
        clear.run({ queue, parameters, ...(previous && { previous }) }, context),
      ),
    );
  }
  await dependencies.queues.cleared(record, work.lease.key, connection);
  // The clear has also removed a file that may have been there.
  await work.change({
    cleared_at: dependencies.clock(),
    connection,
    file_at: null,
    tries: 0,
  });
}

async function prepare(work: LoadWork): Promise<void> {
  const { load, mailing, dependencies } = work;
  const { prepare: ask } = load.run;
  const result: LoadStepResult = ask
    ? await work.exchange(load, [], (context) => ask(mailing, context))
    : {};
  await work.change({
    prepared_at: dependencies.clock(),
    ...(result.captures && { captures: result.captures }),
  });
}

async function activate(work: LoadWork): Promise<void> {
  const { load, mailing, dependencies, record } = work;
  const { activate: ask } = load.run;
  const result: LoadStepResult = ask
    ? await work.exchange(load, [], (context) => ask(mailing, context))
    : {};
  await work.change(
    {
      state: 'active',
      step: null,
      error: null,
      tries: 0,
      activated_at: record.activated_at ?? dependencies.clock(),
      ...(result.captures && { captures: result.captures }),
      ...(result.taken !== undefined && { taken: result.taken }),
    },
    'loading',
  );
}
