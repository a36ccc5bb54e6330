import { sql, type Kysely } from 'kysely';
import type { Schema } from '../../store/schema.ts';
import type { ContactState } from '../mailing-state.ts';

/** Those of its contacts that a person, or a host after another one, looks for: few among a million, and kept in an index of their own. */
const states = ['sending', 'failed', 'in_doubt'] as const;
type UnsettledState = (typeof states)[number];

export const isUnsettled = (state: ContactState | undefined): state is UnsettledState =>
  states.some((known) => known === state);

/**
 * Where they stand in a mailing, in order, as a part of another query: SQLite uses the index where it holds all that is asked of it, and where its own
 * condition stands in the query word for word. Else it reads the whole mailing.
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
