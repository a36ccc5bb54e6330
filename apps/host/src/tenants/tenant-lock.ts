import { sql, type Transaction } from 'kysely';
import type { Schema } from '../store/schema.ts';
import type { Store } from '../store/store.ts';

/** An arbitrary number that no other program is likely to lock. */
const lockOfTenants = 731_820_455;

/** If two requests save or delete a company at once, the second sees what the first has done. SQLite has one writer at a time anyway. */
export async function waitForOthers(
  { native }: Store,
  transaction: Transaction<Schema>,
  tenantId: string,
): Promise<void> {
  if (native.engine === 'sqlite') return;
  await sql`select pg_advisory_xact_lock(${sql.lit(lockOfTenants)}, hashtext(${tenantId}))`.execute(
    transaction,
  );
}
