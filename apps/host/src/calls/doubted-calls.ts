import type { Expression, ExpressionBuilder, SqlBool } from 'kysely';
import { leaseMs } from '../store/host-lease.ts';
import type { Schema } from '../store/schema.ts';
import type { Store } from '../store/store.ts';

interface DoubtingHost {
  readonly hostId: string;
  /** Whether this host is still at work on the call. */
  readonly isUnderWay: (attemptId: string) => boolean;
  /** Called for each call in doubt to which the telephone system has given no id. */
  readonly onWithoutId: (attemptId: string) => void;
  readonly now: () => number;
}

/** Marks calls as in doubt whose outcome nobody will learn any more. @returns how many */
export async function doubtCalls(
  { db, native }: Store,
  { hostId, isUnderWay, onWithoutId, now }: DoubtingHost,
): Promise<number> {
  async function doubtAll(
    which: (call: ExpressionBuilder<Schema, 'calls'>) => Expression<SqlBool>,
  ): Promise<number> {
    const doubted = await db
      .updateTable('calls')
      .set({ state: 'in_doubt', error_code: 'in_doubt', updated_at: now() })
      .where('state', '=', 'sending')
      .where(which)
      .returning(['id', 'call_id'])
      .execute();
    for (const { id, call_id } of doubted) if (call_id === null) onWithoutId(id);
    return doubted.length;
  }

  const ofDead = await doubtAll((call) =>
    native.engine === 'sqlite'
      ? // Nobody else uses this database.
        call('host_id', '!=', hostId)
      : call.and([
          // A host that has just started may not be in `hosts` yet.
          call('created_at', '<', now() - leaseMs),
          call('host_id', 'not in', call.selectFrom('hosts').select('id')),
        ]),
  );
  const own = await db
    .selectFrom('calls')
    .select('id')
    .where('state', '=', 'sending')
    .where('host_id', '=', hostId)
    .execute();
  const forgotten = own.flatMap(({ id }) => (isUnderWay(id) ? [] : [id]));
  if (forgotten.length === 0) return ofDead;
  return ofDead + (await doubtAll((call) => call('id', 'in', forgotten)));
}
