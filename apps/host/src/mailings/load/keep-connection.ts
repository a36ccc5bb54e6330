import { LoadStopped } from './load-ends.ts';
import type { LoadWork } from './load-work.ts';
import { wayOfFormer } from '../former-connection.ts';
import { hasLoaded } from '../previous-load.ts';

/**
 * The company may turn to another telephone system in the middle of a load. There, the queue was not cleared for the mailing, and contacts that were on their
 * way to the former one are unknown: asked for them, it would call them missing, and they would be sent a second time.
 *
 * @throws {LoadStopped} if contacts are, or may be, at the former telephone system
 */
export async function keepConnection(work: LoadWork): Promise<void> {
  const former = work.record.connection;
  const present = work.load.connection.name;
  if (former === null || former === present) return;
  // The counts do not tell: a contact whose answer was lost is pending if it may be sent again, and one that failed by an error may be there all the same.
  if (!(await hasLoaded(work.dependencies.ledger, work.tenant, work.record))) {
    // Captured ids of the former telephone system would name something else at the present one.
    work.record = { ...work.record, captures: {} };
    await work.change({ cleared_at: null, prepared_at: null, captures: {} });
    return;
  }
  throw new LoadStopped({
    code: 'conflict',
    message: `Contacts of this mailing are, or may be, at the connection "${former}", but the company now loads through "${present}", where the queue was not cleared for it.`,
    hint: wayOfFormer(
      work.tenant,
      former,
      'cancel it, and send the contacts that are not there as a new one',
    ),
  });
}
