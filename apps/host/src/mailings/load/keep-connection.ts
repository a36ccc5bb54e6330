import { LoadStopped } from './load-ends.ts';
import type { LoadWork } from './load-work.ts';
import { wayOfFormer } from '../former-connection.ts';
import { hasLoaded } from '../previous-load.ts';

/**
 * The company may turn to another telephone system while a mailing is loaded. There the queue was not cleared for it, and nobody can tell of the contacts that were on their
 * way: asked for there, they would be missing, and be sent a second time.
 *
 * @throws {LoadStopped} where contacts are at the former one, or may be
 */
export async function keepConnection(work: LoadWork): Promise<void> {
  const former = work.record.connection;
  const present = work.load.connection.name;
  if (former === null || former === present) return;
  // The counts alone do not tell: one whose answer was lost is pending where it may be sent again, and one that failed by an error may be there all the same.
  if (!(await hasLoaded(work.dependencies.ledger, work.tenant, work.record))) {
    // Ids of the former one would name something else at the present one.
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
