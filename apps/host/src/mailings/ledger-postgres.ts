import type { Pool } from 'pg';
import * as v from 'valibot';
import { LoadLost, type LedgerKey, type LedgerWrites } from './ledger-writes.ts';
import { contactStates, mailingStates, type MailingState } from './mailing-state.ts';

/** Counts what `moved` holds into the mailing, whose row is locked by `held`: states and counts change together or not at all. */
const counted = `update mailings set ${contactStates
  .map(
    (state) =>
      `${state} = ${state} + (select count(*) filter (where new_state = '${state}') - count(*) filter (where old_state = '${state}') from moved)`,
  )
  .join(', ')}`;

const moveText = `with held as (
    select ref from mailings where id = $1 and fence = $2 for update
  ), moved as (
    update mailing_contacts c set state = m.new_state, vendor = m.vendor, updated_at = $3
    from unnest($4::bigint[], $5::text[], $6::text[], $7::text[]) as m (position, old_state, new_state, vendor), held
    where c.mailing = held.ref and c.position = m.position and c.state = m.old_state
    returning m.old_state, m.new_state
  )
  ${counted}, updated_at = $3 where id = $1 and exists (select 1 from held) returning state`;

const moveRangeText = `with held as (
    select ref from mailings where id = $1 and fence = $2 for update
  ), moved as (
    update mailing_contacts c set state = $5, updated_at = $3 from held
    where c.mailing = held.ref and c.position > $6 and c.position <= $7 and c.state = $4
    returning $4::text as old_state, $5::text as new_state
  )
  ${counted}, updated_at = $3 where id = $1 and exists (select 1 from held) returning state`;

const addContactsText = `insert into mailing_contacts (mailing, position, contact_id, state, sealed, vendor, updated_at)
  select $1, position, contact_id, $2, sealed, null, $3 from unnest($4::bigint[], $5::text[], $6::text[]) as c (position, contact_id, sealed)
  on conflict (mailing, contact_id) do nothing returning position`;
const addNumbersText = `insert into mailing_numbers (mailing, number_key, position)
  select $1, number_key, position from unnest($2::bigint[], $3::bigint[]) as n (number_key, position) on conflict do nothing`;
const addRejectsText = `insert into mailing_rejects (mailing, seq, line, kind, reason, message, contact_id, sealed)
  select $1, * from unnest($2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])`;

const StateRowsSchema = v.array(v.object({ state: v.picklist(mailingStates) }));
const PositionRowsSchema = v.array(v.object({ position: v.number() }));

/** Each function is one commit; a chunk is one statement for each table. */
export function ledgerOnPostgres(pool: Pool): LedgerWrites {
  async function fenced(
    key: LedgerKey,
    name: string,
    text: string,
    values: readonly unknown[],
  ): Promise<MailingState> {
    const { rows } = await pool.query({
      name,
      text,
      values: [key.mailingId, key.fence, ...values],
    });
    const [row] = v.parse(StateRowsSchema, rows);
    if (!row) throw new LoadLost(key.mailingId);
    return row.state;
  }

  return {
    async add({ contacts, rejects }) {
      const client = await pool.connect();
      let broken: Error | undefined;
      try {
        await client.query('begin');
        const [first] = contacts;
        const added = new Set<number>();
        if (first) {
          const { rows } = await client.query({
            name: 'add-contacts',
            text: addContactsText,
            values: [
              first.mailing,
              first.state,
              first.updated_at,
              contacts.map(({ position }) => position),
              contacts.map(({ contact_id }) => contact_id),
              contacts.map(({ sealed }) => sealed),
            ],
          });
          for (const { position } of v.parse(PositionRowsSchema, rows)) added.add(position);
        }
        const [reject] = rejects;
        if (reject) {
          await client.query({
            name: 'add-rejects',
            text: addRejectsText,
            values: [
              reject.mailing,
              rejects.map(({ seq }) => seq),
              rejects.map(({ line }) => line),
              rejects.map(({ kind }) => kind),
              rejects.map(({ reason }) => reason),
              rejects.map(({ message }) => message),
              rejects.map(({ contact_id }) => contact_id),
              rejects.map(({ sealed }) => sealed),
            ],
          });
        }
        await client.query('commit');
        return contacts.map(({ position }) => position).filter((position) => !added.has(position));
      } catch (error) {
        broken = error instanceof Error ? error : new Error(String(error));
        throw error;
      } finally {
        // A connection in the middle of a failed transaction goes to nobody else.
        client.release(broken);
      }
    },

    async addNumbers(numbers) {
      const [first] = numbers;
      if (!first) return;
      await pool.query({
        name: 'add-numbers',
        text: addNumbersText,
        values: [
          first.mailing,
          numbers.map(({ number_key }) => number_key),
          numbers.map(({ position }) => position),
        ],
      });
    },

    move: (key, moves, at) =>
      fenced(key, 'move-contacts', moveText, [
        at,
        moves.map(({ position }) => position),
        moves.map(({ from }) => from),
        moves.map(({ to }) => to),
        moves.map(({ vendor }) => vendor),
      ]),

    moveRange: (key, from, to, { after, through }, at) =>
      fenced(key, 'move-range-of-contacts', moveRangeText, [at, from, to, after, through]),
  };
}
