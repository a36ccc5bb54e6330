import type { Pool, PoolClient } from 'pg';
import * as v from 'valibot';
import type { PageContact } from './contact-pages.ts';
import { LoadLost, type LedgerKey, type LedgerWrites } from './ledger-writes.ts';
import { contactStates, mailingStates, type MailingState } from '../mailing-state.ts';
import { toError } from '../../thrown.ts';

/** Counts what `moved` holds into the mailing, whose row is locked by `held`: states and counts change together or not at all. */
const counted = `update mailings set ${contactStates.map((state) => `${state} = mailings.${state} + change.${state}`).join(', ')}, updated_at = $3
  from (select ${contactStates
    .map(
      (state) =>
        `count(*) filter (where new_state = '${state}') - count(*) filter (where old_state = '${state}') as ${state}`,
    )
    .join(', ')} from moved) as change
  where id = $1 and exists (select 1 from held) returning state`;

const held =
  'held as (select ref, settled_at from mailings where id = $1 and fence = $2 for update)';
/** See settled-file.ts. */
const rowState = (state: string) =>
  `case when ${state} = 'pending' and held.settled_at is not null then 'again' else ${state} end`;

/**
 * Not a named (prepared) statement: a plan kept from when the table was small would read the whole mailing for each move. Nor does the server know how large a
 * mailing is until it has analysed the table, so the statement says between which positions to look.
 */
const moveText = `with ${held}, moved as (
    update mailing_contacts c set state = ${rowState('m.new_state')}, vendor = coalesce(m.vendor, case m.new_state when 'failed' then c.vendor end), updated_at = $3
    from unnest($4::bigint[], $5::text[], $6::text[], $7::text[]) as m (position, old_state, new_state, vendor), held
    where c.mailing = held.ref and c.position = m.position and c.position between $8 and $9 and c.state = ${rowState('m.old_state')}
    returning m.old_state, m.new_state
  )
  ${counted}`;

const moveRangeText = `with ${held}, moved as (
    update mailing_contacts c set state = ${rowState('$5::text')}, vendor = case when 'failed' in ($4::text, $5::text) then c.vendor end, updated_at = $3 from held
    where c.mailing = held.ref and c.position > $6 and c.position <= $7 and c.state = ${rowState('$4::text')}
    returning $4::text as old_state, $5::text as new_state
  )
  ${counted}`;

const addContactsText = `insert into mailing_contacts (mailing, position, contact_id, state, sealed, vendor, updated_at)
  select $1, position, contact_id, 'pending', '', null, $2 from unnest($3::bigint[], $4::text[]) as c (position, contact_id)
  on conflict (mailing, contact_id) do nothing`;
const addedText =
  'select position from mailing_contacts where mailing = $1 and position = any($2::bigint[])';
const addPageText = 'insert into mailing_pages (mailing, page, sealed) values ($1, $2, $3)';
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
    text: string,
    values: readonly unknown[],
  ): Promise<MailingState> {
    const { rows } = await pool.query(text, [key.mailingId, key.fence, ...values]);
    const [row] = v.parse(StateRowsSchema, rows);
    if (!row) throw new LoadLost(key.mailingId);
    return row.state;
  }

  return {
    async add({ mailing, at, contacts, seal, rejects }) {
      const client = await pool.connect();
      let broken: Error | undefined;
      try {
        await client.query('begin');
        const repeated = await addContacts(client, mailing, at, contacts);
        const taken = contacts.filter(({ position }) => !repeated.has(position));
        if (taken.length > 0) {
          const { page, sealed } = seal(taken);
          await client.query({
            name: 'add-page',
            text: addPageText,
            values: [mailing, page, sealed],
          });
        }
        if (rejects.length > 0) {
          await client.query({
            name: 'add-rejects',
            text: addRejectsText,
            values: [
              mailing,
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
        return [...repeated];
      } catch (error) {
        broken = toError(error);
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

    move(key, moves, at) {
      const positions = moves.map(({ position }) => position);
      return fenced(key, moveText, [
        at,
        positions,
        moves.map(({ from }) => from),
        moves.map(({ to }) => to),
        moves.map(({ vendor }) => vendor),
        positions.reduce((first, position) => Math.min(first, position), Number.MAX_SAFE_INTEGER),
        positions.reduce((last, position) => Math.max(last, position), 0),
      ]);
    },

    moveRange: (key, from, to, { after, through }, at) =>
      fenced(key, moveRangeText, [at, from, to, after, through]),
  };
}

/** @returns the positions of contacts whose id the mailing already has */
async function addContacts(
  client: PoolClient,
  mailing: number,
  at: number,
  contacts: readonly PageContact[],
): Promise<ReadonlySet<number>> {
  if (contacts.length === 0) return new Set();
  const positions = contacts.map(({ position }) => position);
  const { rowCount } = await client.query({
    name: 'add-contacts',
    text: addContactsText,
    values: [mailing, at, positions, contacts.map(({ contactId }) => contactId)],
  });
  if (rowCount === contacts.length) return new Set();
  const { rows } = await client.query(addedText, [mailing, positions]);
  const added = new Set(v.parse(PositionRowsSchema, rows).map(({ position }) => position));
  return new Set(positions.filter((position) => !added.has(position)));
}
