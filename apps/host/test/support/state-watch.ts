import { sql } from 'kysely';
import type { Store } from '../../src/store/store.ts';

/** Every change of state of a mailing or a contact, written down by the database itself. */
export async function watchStates({ db, native }: Store): Promise<void> {
  await sql`create table state_changes (what text not null, old text not null, new text not null, others integer not null, unsent integer not null)`.execute(
    db,
  );
  const others = `(select count(*) from mailings m where m.tenant_id = new.tenant_id and m.queue = new.queue and m.id <> new.id and m.state = 'loading' and new.state = 'loading')`;
  const unsent = `case when new.state = 'active' then new.pending + new.sending else 0 end`;
  for (const [table, counts] of [
    ['mailings', `${others}, ${unsent}`],
    ['mailing_contacts', '0, 0'],
  ]) {
    const note = `insert into state_changes values ('${table}', old.state, new.state, ${counts});`;
    if (native.engine === 'sqlite') {
      await sql
        .raw(
          `create trigger watch_${table} after update of state on ${table} when old.state <> new.state begin ${note} end`,
        )
        .execute(db);
      continue;
    }
    await sql
      .raw(
        `create function watch_${table}() returns trigger language plpgsql as $$ begin ${note} return null; end $$`,
      )
      .execute(db);
    await sql
      .raw(
        `create trigger watch_${table} after update on ${table} for each row when (old.state is distinct from new.state) execute function watch_${table}()`,
      )
      .execute(db);
  }
}

const allowed: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  mailings: {
    receiving: ['waiting'],
    waiting: ['loading', 'paused', 'stopped', 'cancelled', 'deactivating'],
    loading: ['active', 'waiting', 'paused', 'stopped', 'cancelled', 'deactivating'],
    paused: ['waiting', 'cancelled', 'deactivating'],
    stopped: ['waiting', 'cancelled', 'deactivating'],
    active: ['waiting', 'deactivating'],
    deactivating: ['finished'],
  },
  mailing_contacts: {
    // A file is there whole or not at all; its contacts are not marked one by one.
    pending: ['sending', 'sent', 'failed', 'in_doubt'],
    sending: ['pending', 'again', 'sent', 'failed', 'in_doubt'],
    in_doubt: ['pending', 'again', 'sent', 'failed'],
    failed: ['pending', 'again'],
    // Pending once more, where a first file is there.
    again: ['sending', 'sent', 'failed', 'in_doubt'],
  },
};

/** Changes that must not be. */
export async function forbiddenChanges({ db }: Pick<Store, 'db'>): Promise<string[]> {
  const { rows } = await sql<{
    what: string;
    old: string;
    new: string;
    others: number;
    unsent: number;
  }>`select distinct what, old, new, others, unsent from state_changes`.execute(db);
  return rows.flatMap(({ what, old, new: next, others, unsent }) => [
    ...(allowed[what]?.[old]?.includes(next) === true ? [] : [`${what}: ${old} to ${next}`]),
    ...(others > 0 ? ['two mailings load into one queue at once'] : []),
    ...(unsent > 0 ? ['a mailing is active before all of its contacts were sent'] : []),
  ]);
}
