import { sql, type Kysely } from 'kysely';
import type { Schema } from '../../store/schema.ts';
import type { ContactState } from '../mailing-state.ts';

/** States that a person, or a host that takes over, looks for: few contacts among a million, with an index of their own. */
const states = ['sending', 'failed', 'in_doubt'] as const;
type UnsettledState = (typeof states)[number];

export const isUnsettled = (state: ContactState | undefined): state is UnsettledState =>
  states.some((known) => known === state);

/**
 * The positions of contacts in such a state, in order, as part of another query. SQLite uses the index only if it covers all that the query asks of it, and if
 * the query repeats the index's condition word for word; otherwise it reads the whole mailing.
 */
export function unsettledPositions(
  db: Kysely<Schema>,
  {
    ref,
    state,
    after,
    limit,
  }: {
    readonly ref: number;
    readonly state: UnsettledState;
    readonly after: number;
    readonly limit: number;
  },
) {
  return db
    .selectFrom('mailing_contacts')
    .select('position')
    .where('mailing', '=', ref)
    .where('state', '=', state)
    .where(
      'state',
      'in',
      states.map((known) => sql.lit(known)),
    )
    .where('position', '>', after)
    .orderBy('position')
    .limit(limit);
}
