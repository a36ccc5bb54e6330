import { LoadStopped, type LoadWork } from './load-work.ts';
import type { MailingChange, MailingRecord } from './mailing-store.ts';
import type { QueueTaken } from './queue-rows.ts';
import { replaced } from './replaced.ts';
import { anyMayBeSent, mayBeThere, nothingToLoad } from './screen-pending.ts';

/** Another mailing has the queue. */
const queueBusyMs = 1000;

/**
 * Whether a mailing is loaded now: inside the hours in which people may be called, with something to load, and with the queue to itself. Else what keeps it is
 * written down. One without any contact neither clears its queue nor ends the mailing that has it.
 *
 * @throws {LoadStopped} where there is nothing to load
 */
export async function mayLoad(work: LoadWork, record: MailingRecord): Promise<boolean> {
  const { queues, clock } = work.dependencies;
  const kept = outsideHours(work) ?? (await waitsForQueue(work));
  if (kept) return keep(work, record, kept);
  if (!mayBeThere(work) && !(await anyMayBeSent(work))) {
    throw new LoadStopped(nothingToLoad(record));
  }
  const begin = await queues.beginLoad(record, work.lease.key);
  if (begin.is === 'changed') return false;
  if (begin.is === 'replaced') {
    return keep(work, record, { state: 'stopped', error: { code: 'replaced', ...replaced } });
  }
  if (begin.is !== 'begun') return keep(work, record, whileTaken(begin, clock()));
  work.lease.saw('loading');
  return true;
}

async function keep(
  { dependencies, tenant, lease }: LoadWork,
  record: MailingRecord,
  change: MailingChange,
): Promise<false> {
  await dependencies.mailings.change(tenant, record, lease.key, change, record.state);
  return false;
}

function outsideHours({ dependencies, tenant, record }: LoadWork): MailingChange | undefined {
  const opens = dependencies.opensAt(tenant, record.areaCodes);
  if (opens !== undefined && opens <= dependencies.clock()) return undefined;
  return {
    state: opens === undefined ? 'stopped' : 'waiting',
    held_until: opens ?? 0,
    error: {
      code: 'calling_hours',
      message:
        opens === undefined
          ? 'The numbers of this mailing have no hour in common in which the company allows calls.'
          : `Outside the hours in which the company allows calls; the load goes on at ${new Date(opens).toISOString()}.`,
    },
  };
}

/** Asked before its contacts are looked at, which would be dear to do each time that it must wait. */
async function waitsForQueue({
  dependencies,
  record,
}: LoadWork): Promise<MailingChange | undefined> {
  const taken = await dependencies.queues.takenFrom(record);
  return taken && whileTaken(taken, dependencies.clock());
}

/** What keeps a mailing while its queue is another's. */
export function whileTaken(taken: QueueTaken, at: number): MailingChange {
  return {
    held_until: at + queueBusyMs,
    error:
      taken.is === 'busy'
        ? {
            code: 'queue_busy',
            message: `Mailing ${taken.by} is on its way into the queue; this one waits for its end.`,
            hint: 'Cancel that one to go on at once.',
          }
        : { code: 'queue_busy', message: 'The queue is being cleared by hand.' },
  };
}
