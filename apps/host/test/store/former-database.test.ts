import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { spine } from '../../src/store/migrations/0001-spine.ts';
import { webhookMessages } from '../../src/store/migrations/0002-webhook-messages.ts';
import { results } from '../../src/store/migrations/0003-results.ts';
import { mailings } from '../../src/store/migrations/0004-mailings.ts';
import { queueClears } from '../../src/store/migrations/0005-queue-clears.ts';
import { resultsOutside } from '../../src/store/migrations/0006-results-outside.ts';
import { idempotencyHosts } from '../../src/store/migrations/0007-idempotency-hosts.ts';
import type { Migration } from '../../src/store/migrations/migration.ts';
import { openStore } from '../../src/store/open-store.ts';

const at = 1_764_000_000_000;
let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'finaz-former-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

/** A database as it was left by a version that knew only these changes of the schema. */
function writeFormer(steps: readonly (Migration | string)[]): void {
  const database = new Database(join(dataDir, 'telephony.sqlite'));
  database.exec('create table schema_history (name text primary key not null, applied_at integer)');
  for (const step of steps) {
    const statements = typeof step === 'string' ? [step] : step.statements;
    for (const statement of statements)
      database.exec(statement.replaceAll('{big}', 'integer').replace(' {clustered}', ''));
    if (typeof step !== 'string')
      database.prepare('insert into schema_history values (?, ?)').run(step.name, at);
  }
  database.close();
}

const mailing = (id: string, ref: number, clearedAt: number | null) =>
  `insert into mailings values ('${id}', ${ref}, '1042', '${id}', 'stopped', null, 1, 0, 1, 0, 0, 0, 0, null, '["41"]', '', null,
    ${clearedAt}, null, null, null, null, null, 0, 0, null, 4, 0, ${at}, ${at})`;

test('an update of an earlier database keeps its due webhook deliveries, and which mailings are in which queue', async () => {
  writeFormer([
    spine,
    `insert into webhook_deliveries values ('1042', 7, 'pending', 2, ${at}, null, 0, 'away')`,
    webhookMessages,
    results,
    mailings,
    queueClears,
    resultsOutside,
    idempotencyHosts,
    mailing('cleared', 1, at),
    mailing('before', 3, at),
    mailing('uncleared', 2, null),
    `insert into queue_owners values ('1042', 'cleared', 'cleared', 'before', 0)`,
    `insert into queue_owners values ('1042', 'uncleared', 'uncleared', 'before', 0)`,
  ]);
  const store = await openStore({ databaseUrl: undefined, dataDir, logger: silentLogger });
  try {
    const due = await store.db.selectFrom('webhook_deliveries').selectAll().execute();
    expect(due).toMatchObject([
      { type: 'call.answered', subject: '7', state: 'pending', attempts: 2, last_error: 'away' },
    ]);
    const holders = await store.db
      .selectFrom('mailings')
      .select(['id', 'connection', 'in_queue_since'])
      .where('in_queue_since', 'is not', null)
      .orderBy('id')
      .execute();
    expect(holders).toEqual([
      { id: 'before', connection: null, in_queue_since: at },
      { id: 'cleared', connection: null, in_queue_since: at },
    ]);
  } finally {
    await store.close();
  }
});
