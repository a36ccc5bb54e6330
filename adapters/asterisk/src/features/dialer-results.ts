import { TelephonyError, type DialerResults, type ReportedAttempt } from '@finaz-telephony/core';
import { evaluate, inAmiSession, readTree, type Act, type AmiWork } from '../ami.ts';
import { askAri } from '../ari.ts';
import { dialerOf } from '../dialer-channel.ts';
import { resultsOf, underWay, waiting } from '../families.ts';
import {
  durationOf,
  interruptedAttempt,
  outcomeOf,
  readResult,
  type CallResult,
} from '../results.ts';
import { safeQueue } from '../safe-text.ts';
import type { AsteriskSettings } from '../settings.ts';

/** The result of each attempt: written by a hangup handler, so unanswered calls are included. */
export function dialerResults(settings: AsteriskSettings): DialerResults {
  return {
    outcomeOf,
    async *read({ mailing, period, onUnreadable }, context) {
      const queue = safeQueue(mailing.queue, 'dialerResults');
      const work: AmiWork = { settings, context, feature: 'dialerResults' };
      const { lines, interrupted, running } = await readAll(work, queue);
      // Times are whole seconds: the second in which the period began counts. Its end is not checked: the server's clock may be ahead, and the host decides.
      const isInside = ({ begun }: CallResult) => begun * 1000 >= period.from.getTime() - 1000;
      let position = 0;
      for (const [id, line] of lines) {
        position += 1;
        const result = readResult(line);
        if (!result)
          onUnreadable?.({
            position,
            reason: 'the line was not written by the finaz- contexts of the dialplan',
          });
        else if (isInside(result)) yield toAttempt(id, result);
      }
      for (const [id, result] of interrupted) {
        if (!lines.has(id) && isInside(result)) yield toAttempt(id, result);
      }
      const open = [...running].flatMap(([id, result]) =>
        !lines.has(id) && isInside(result) ? id : [],
      );
      if (open.length === 0 || (await isThere(work, dialerOf(queue)))) return;
      // The dialer was stopped, so nobody would ask for the results of these calls later.
      for (const id of open) if (await isThere(work, id)) throw notYetAll();
      // The calls have ended since they were read: their results are there now, or AstDB could not keep them.
      const now = await readAll(work, queue);
      for (const id of open) {
        const result = readResult(now.lines.get(id) ?? '') ?? now.running.get(id);
        if (result) yield toAttempt(id, result);
      }
    },
  };
}

/** Calls without a result. */
interface UnderWay {
  /**
   * Calls of an Asterisk that has ended, whose outcome is unknown. The dialer records them so when it is started again; until then their results are derived
   * from what is left, so that the calls are listed even if nobody starts the dialer.
   */
  readonly interrupted: ReadonlyMap<string, CallResult>;
  readonly running: ReadonlyMap<string, CallResult>;
}

function readAll(work: AmiWork, queue: string) {
  return inAmiSession(work, async (act) => {
    // Calls under way are read first: a call that gets its result in between is then in both, and counts by its result.
    const left = await readUnderWay(work, act, queue);
    return { lines: await readTree(act, resultsOf(queue)), ...left };
  });
}

async function readUnderWay(work: AmiWork, act: Act, queue: string): Promise<UnderWay> {
  const run = await evaluate(act, 'FINAZ_CORRIDA');
  const interrupted = new Map<string, CallResult>();
  const running = new Map<string, CallResult>();
  const left = await readTree(act, underWay(queue));
  if (left.size === 0) return { interrupted, running };
  const still = await readTree(act, waiting(queue));
  for (const [key, line] of left) {
    const attempt = interruptedAttempt(key, line);
    if (!attempt) continue;
    const { id, isDialed, result } = attempt;
    // A reload may clear all global variables while calls go on, among them the one that names the run.
    const isOfThisRun = attempt.run === run || (isDialed && (await isThere(work, id)));
    if (!isOfThisRun && !still.has(key)) interrupted.set(id, result);
    else if (isOfThisRun && isDialed) running.set(id, result);
  }
  return { interrupted, running };
}

async function isThere(work: AmiWork, channel: string): Promise<boolean> {
  const { status } = await askAri(work, 'GET', `/channels/${encodeURIComponent(channel)}`);
  return status === 200;
}

function notYetAll(): TelephonyError {
  return new TelephonyError({
    code: 'unavailable',
    feature: 'dialerResults',
    message:
      'Calls go on that the dialer had begun before it was stopped; their results come later.',
    hint: 'Nothing has to be done: the results are fetched again.',
  });
}

function toAttempt(id: string, result: CallResult): ReportedAttempt {
  const duration = durationOf(result);
  return {
    id,
    callId: id,
    areaCode: result.number.slice(0, 2),
    number: result.number.slice(2),
    at: new Date(result.begun * 1000).toISOString(),
    outcome: outcomeOf(result.status),
    vendorStatus: result.status,
    ...(result.contactId !== '' && { contactId: result.contactId }),
    ...(result.extension !== '' && { extension: result.extension }),
    ...(duration !== undefined && { duration }),
  };
}
