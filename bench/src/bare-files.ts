import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parse } from 'csv-parse';
import pg from 'pg';
import { request } from 'undici';

/** Settings of a connection that reads a report of this many attempts. */
export const resultsByReport = (rows: number) => ({
  request: { url: '/results', query: { rows: String(rows) } },
  read: { as: 'delimited', delimiter: ';' },
  fields: {
    contactId: '{{ row.contactId }}',
    number: '{{ row.number }}',
    at: '{{ row.at }}',
    status: '{{ row.status }}',
    callId: '{{ row.callId }}',
    extension: '{{ row.extension }}',
    duration: '{{ row.duration }}',
  },
  outcomes: {
    ANSWERED: 'answered',
    BUSY: 'busy',
    NO_ANSWER: 'no_answer',
    INVALID: 'invalid_number',
  },
});

/** Reads the same report through csv-parse, and does no more. Resolves with rows per second. */
export async function parseAlone(vendorUrl: string, count: number): Promise<number> {
  const startedAt = performance.now();
  const { body } = await request(`${vendorUrl}/results?rows=${count}`);
  let rows = 0;
  await pipeline(body, parse({ delimiter: ';' }), async (parsed: AsyncIterable<unknown>) => {
    for await (const row of parsed) if (row !== undefined) rows += 1;
  });
  if (rows !== count + 1) throw new Error(`${rows} rows were parsed`);
  return count / ((performance.now() - startedAt) / 1000);
}

interface PlainContact {
  readonly position: number;
  readonly contactId: string;
  readonly cpf: string;
  readonly phone: string;
}

/** Reads the contacts after a position, in order. */
type Page = (after: number, limit: number) => Promise<readonly PlainContact[]>;
const pageRows = 2000;

/**
 * A loop that reads contacts page by page, as plain text, from a database of the same kind, and sends the same bytes to the same telephone system: what a
 * script does that encrypts nothing, settles nothing, and may lose or repeat everything. Resolves with contacts per second.
 */
export async function bareFile(vendorUrl: string, count: number): Promise<number> {
  const { page, close } = await (process.env['DATABASE_URL'] === undefined
    ? plainSqlite(count)
    : plainPostgres(process.env['DATABASE_URL'], count));
  try {
    const startedAt = performance.now();
    const { body } = await request(`${vendorUrl}/file`, {
      method: 'POST',
      body: Readable.from(linesOf(page)),
    });
    await body.dump();
    return count / ((performance.now() - startedAt) / 1000);
  } finally {
    await close();
  }
}

async function* linesOf(page: Page): AsyncGenerator<string> {
  for (let after = 0; ;) {
    const rows = await page(after, pageRows);
    const last = rows.at(-1);
    if (!last) return;
    after = last.position;
    yield rows.map(({ contactId, cpf, phone }) => `${contactId};${cpf};${phone}\r\n`).join('');
  }
}

interface PlainDatabase {
  readonly page: Page;
  readonly close: () => Promise<void>;
}

async function plainSqlite(count: number): Promise<PlainDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'finaz-plain-'));
  const database = new DatabaseSync(join(folder, 'plain.sqlite'));
  database.exec(
    `pragma journal_mode = wal;
     create table plain (position integer primary key, contactId text not null, cpf text not null, phone text not null);
     with recursive n(i) as (select 1 union all select i + 1 from n where i < ${count})
     insert into plain select i, 'c-' || i, '52998224725', '419' || (80000000 + i) from n`,
  );
  const select = database.prepare(
    'select position, contactId, cpf, phone from plain where position > ? order by position limit ?',
  );
  return {
    page: async (after, limit) =>
      select.all(after, limit).map((row) => ({
        position: Number(row['position']),
        contactId: String(row['contactId']),
        cpf: String(row['cpf']),
        phone: String(row['phone']),
      })),
    async close() {
      database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function plainPostgres(url: string, count: number): Promise<PlainDatabase> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    `create temp table plain as select i as position, 'c-' || i as "contactId", '52998224725' as cpf, '419' || (80000000 + i) as phone from generate_series(1, ${count}) i`,
  );
  await client.query('alter table plain add primary key (position)');
  return {
    async page(after, limit) {
      const { rows } = await client.query<PlainContact>({
        name: 'page',
        text: 'select position, "contactId", cpf, phone from plain where position > $1 order by position limit $2',
        values: [after, limit],
      });
      return rows;
    },
    close: () => client.end(),
  };
}
