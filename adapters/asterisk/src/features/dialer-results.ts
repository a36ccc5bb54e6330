import type { DialerResults, ReportedAttempt } from '@finaz-telephony/core';
import { evaluate, inAmiSession, readTree, type Act, type AmiWork } from '../ami.ts';
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

/** What became of each attempt: written by a hangup handler, so also of calls that nobody answered. */
export function dialerResults(settings: AsteriskSettings): DialerResults {
  return {
    outcomeOf,
    async *read({ mailing, period, onUnreadable }, context) {
      const queue = safeQueue(mailing.queue, 'dialerResults');
      const work: AmiWork = { settings, context, feature: 'dialerResults' };
      const { lines, interrupted } = await inAmiSession(work, async (act) => {
        // In this order: what gets its result in between is then in both, and counts by its result.
        const broken = await readInterrupted(act, queue);
        return { lines: await readTree(act, resultsOf(queue)), interrupted: broken };
      });
      // Seconds: the one in which the period began counts.
      const isInside = ({ begun }: CallResult) =>
        begun * 1000 >= period.from.getTime() - 1000 && begun * 1000 <= period.to.getTime();
      let position = 0;
      for (const [id, line] of lines) {
        position += 1;
        const result = readResult(line);
        if (!result) onUnreadable?.({ position, reason: 'it is no line of the finaz- contexts' });
        else if (isInside(result)) yield toAttempt(id, result);
      }
      for (const [id, result] of interrupted) {
        if (!lines.has(id) && isInside(result)) yield toAttempt(id, result);
      }
    },
  };
}

/**
 * What an Asterisk that has ended was dialing: nobody knows what became of it. The dialer writes it down when it is started again; until then it is read from
 * what it left, so that it is listed also where nobody starts it.
 */
async function readInterrupted(act: Act, queue: string): Promise<Map<string, CallResult>> {
  const running = await evaluate(act, 'FINAZ_CORRIDA');
  const found = new Map<string, CallResult>();
  const left = await readTree(act, underWay(queue));
  if (left.size === 0) return found;
  const still = await readTree(act, waiting(queue));
  for (const [key, line] of left) {
    const attempt = interruptedAttempt(key, line);
    if (attempt && attempt.run !== running && !still.has(key))
      found.set(attempt.id, attempt.result);
  }
  return found;
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
