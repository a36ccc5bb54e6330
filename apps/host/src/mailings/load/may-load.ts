import type { Lease } from './lease.ts';
import type { LoadDependencies, LoadWork } from './load-work.ts';
import { LoadStopped } from './load-ends.ts';
import { queueBusyMs } from '../mailing-state.ts';
import type { MailingChange, MailingRecord } from '../mailing-store.ts';
import type { Tenant } from '../../tenants/tenant.ts';
import type { QueueTaken } from '../queue-rows.ts';
import { replaced } from '../replaced.ts';
import { anyMayBeSent, mayBeThere, nothingToLoad } from './screen-pending.ts';

/** How long a mailing waits for a clear by hand before it looks again: such a clear is over in a moment, and wakes no mailing. */
const clearingMs = 1000;

/**
 * Whether a mailing may be loaded now: within the calling hours, with something to load, and with the queue to itself. Otherwise what keeps it is stored with
 * the mailing. A mailing with nothing to load neither clears its queue nor replaces the mailing that has it.
 *
 * @throws {LoadStopped} if there is nothing to load
 */
export async function mayLoad(work: LoadWork, record: MailingRecord): Promise<boolean> {
  const { dependencies, tenant, lease } = work;
  const { queues } = dependencies;
  const connection = work.load.connection.name;
  const waiting = { dependencies, tenant, lease, record, connection };
  const closed = outsideHours(work);
  if (closed) return keep(work, record, closed);
  // Asked before the contacts are looked at, which would be expensive to do each time that the mailing must wait.
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

/** The queue is taken: the mailing waits, and is woken when the other one leaves the queue. */
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
    /** The connection through which the mailing comes into the queue. */
    readonly connection: string;
  },
  taken: QueueTaken,
): Promise<false> {
  const write = (change: MailingChange) =>
    mailings.change(tenant, record, lease.key, change, record.state);
  await write(whileTaken(taken, clock()));
  // If the other one has left the queue meanwhile, it woke only mailings that were already waiting: this one looks again at once.
  if (!(await queues.takenFrom(record, connection))) await write({ held_until: 0 });
  return false;
}

const whyTaken = {
  loads: (by: string) =>
    `Mailing ${by} has not finished loading into the queue; this one waits for it.`,
  cameFirst: (by: string) =>
    `Mailing ${by} came before this one, and waits for the same queue; this one follows it.`,
  ends: (by: string) =>
    `Mailing ${by} may still have requests under way; this one waits until they have ended.`,
} as const;

function whileTaken(taken: QueueTaken, at: number): MailingChange {
  return taken.is === 'busy'
    ? {
        held_until: at + queueBusyMs,
        error: {
          code: 'queue_busy',
          message: whyTaken[taken.why](taken.by),
          ...(taken.why !== 'ends' && { hint: 'Cancel that one to go on at once.' }),
        },
      }
    : {
        held_until: at + clearingMs,
        error: { code: 'queue_busy', message: 'The queue is being cleared by hand.' },
      };
}
