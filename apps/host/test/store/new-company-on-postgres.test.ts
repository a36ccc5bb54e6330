import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { expectRowsRead, storeOfUnknownSize } from '../support/unknown-size.ts';

const size = 10_000;

it.skipIf(process.env['DATABASE_URL'] === undefined)(
  'looking for a call reads only its own rows, even if the server knows only the companies before (on PostgreSQL alone: npm run test:postgres)',
  async () => {
    const store = await storeOfUnknownSize();
    const { db } = store;
    const addOf = async (tenant: string) => {
      const rows = sql`generate_series(1, ${size}::int) as n`;
      await sql`insert into events (tenant_id, seq, id, connection, source, call_id, extension, sealed, created_at)
        select ${tenant}, n, ${tenant} || n, 'pbx', 'server', 'call-' || n, '1', '', n from ${rows}`.execute(
        db,
      );
      await sql`insert into exchanges (id, tenant_id, connection, feature, call_id, method, url, duration_ms, detail, created_at)
        select ${tenant} || n, ${tenant}, 'pbx', 'click2call', 'call-' || n, 'GET', '/', 1, '{}', n from ${rows}`.execute(
        db,
      );
      await sql`insert into calls (id, tenant_id, feature, connection, state, call_id, queue, extension, sealed, host_id, created_at, updated_at)
        select ${tenant} || n, ${tenant}, 'click2call', 'pbx', 'accepted', 'call-' || n, '7', '1', '', 'this', n, n from ${rows}`.execute(
        db,
      );
    };
    await addOf('before');
    await sql`analyze`.execute(db);
    await addOf('1042');
    const ask = (table: 'calls' | 'events' | 'exchanges') => () =>
      db
        .selectFrom(table)
        .selectAll()
        .where('tenant_id', '=', '1042')
        .where('call_id', '=', 'call-7')
        .orderBy(table === 'events' ? 'seq' : 'created_at')
        .execute();
    for (const table of ['calls', 'events', 'exchanges'] as const)
      await expectRowsRead(db, 1, async () => expect(await ask(table)()).toHaveLength(1), table);
  },
);
