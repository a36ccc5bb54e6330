import type { Lease } from './lease.ts';
import type { LoadDependencies, LoadWork } from './load-work.ts';
import { LoadStopped } from './load-ends.ts';
import { queueBusyMs } from '../mailing-state.ts';
import type { MailingChange, MailingRecord } from '../mailing-store.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { QueueTaken } from '../queue-rows.ts';
import { replaced } from '../replaced.ts';
import { anyMayBeSent, mayBeThere, nothingToLoad } from './screen-pending.ts';

/** Over in a moment, without a notification. */
const clearingMs = 1000;

/**
 * Whether a mailing is loaded now: inside the hours in which people may be called, with something to load, and with the queue to itself. Else what keeps it is
 * written down. One without any contact neither clears its queue nor ends the mailing that has it.
 *
 * @throws {LoadStopped} where there is nothing to load
 */
export async function mayLoad(work: LoadWork, record: MailingRecord): Promise<boolean> {
  const { dependencies, tenant, lease } = work;
  const { queues } = dependencies;
  const connection = work.load.connection.name;
  const waiting = { dependencies, tenant, lease, record, connection };
  const closed = outsideHours(work);
  if (closed) return keep(work, record, closed);
  // Asked before its contacts are looked at, which would be dear to do each time that it must wait.
  const taken = await queues.takenFrom(record, connection);
  if (taken) return waitForQueue(waiting, taken);
  if (!mayBeThere(work) && !(await anyMayBeSent(work))) {
    throw new LoadStopped(nothingToLoad(record));
  }
  const begin = await queues.beginLoad(record, lease.key, connection);
  if (begin.is === 'changed') return false;
  if (begin.is === 'replaced') {
    return keep(work, record, { state: 'stopped', error: { code: 'replaced', ...replaced } });
  }
  if (begin.is !== 'begun') return waitForQueue(waiting, begin);
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

/** Its queue is another's: it is notified when that one leaves it. */
export async function waitForQueue(
  {
    dependencies: { mailings, queues, clock },
    tenant,
    record,
    lease,
    connection,
  }: {
    readonly dependencies: Pick<LoadDependencies, 'mailings' | 'queues' | 'clock'>;
    readonly tenant: Tenant;
    readonly record: MailingRecord;
    readonly lease: Pick<Lease, 'key'>;
    /** Through which it comes into the queue. */
    readonly connection: string;
  },
  taken: QueueTaken,
): Promise<false> {
  const write = (change: MailingChange) =>
    mailings.change(tenant, record, lease.key, change, record.state);
  await write(whileTaken(taken, clock()));
  // If that one has left it in the meantime, it only notified mailings that were already waiting.
  if (!(await queues.takenFrom(record, connection))) await write({ held_until: 0 });
  return false;
}

function whileTaken(taken: QueueTaken, at: number): MailingChange {
  return taken.is === 'busy'
    ? {
        held_until: at + queueBusyMs,
        error: {
          code: 'queue_busy',
          message: `Mailing ${taken.by} has not finished loading into the queue; this one waits for it.`,
          hint: 'Cancel that one to go on at once.',
        },
      }
    : {
        held_until: at + clearingMs,
        error: { code: 'queue_busy', message: 'The queue is being cleared by hand.' },
      };
}
