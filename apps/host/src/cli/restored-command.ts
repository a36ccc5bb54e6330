import { resolve } from 'node:path';
import process from 'node:process';
import { defineCommand } from 'citty';
import { readEnvironment, StartError, type Environment } from '../environment.ts';
import { settleRestored, type RestoredMailing } from '../restored.ts';
import { livesAny } from '../store/host-lease.ts';
import { openStore } from '../store/open-store.ts';
import { beSoleHost } from '../store/sole-host.ts';
import type { Store } from '../store/store.ts';
import { guarded, print, quietLogger } from './command-line.ts';

export const restoredCommand = defineCommand({
  meta: {
    name: 'restored',
    description:
      'Make a backup that was put back fit for a host, before one is started: pause its loads, hold whoever may have left since, go past the numbers of events',
  },
  run: guarded(async () => {
    const environment = readEnvironment(process.env);
    const mailings = await withoutHost(environment, async (store) => {
      await refuseOther(store, environment);
      return settleRestored(store, Date.now());
    });
    for (const line of restoredLines(mailings, placeOf(environment))) print(line);
  }),
});

/** Opens the store and, with SQLite, keeps hosts from starting on it until the work is done. @throws {StartError} if a host is running on the store */
async function withoutHost<Result>(
  { dataDir, databaseUrl }: Environment,
  work: (store: Store) => Promise<Result>,
): Promise<Result> {
  const leave = databaseUrl === undefined ? await beSoleHost(dataDir, 0) : () => undefined;
  try {
    const store = await openStore({ databaseUrl, dataDir, logger: quietLogger });
    try {
      if (databaseUrl !== undefined && (await livesAny(store, Date.now())))
        throw new StartError(
          'environment DATABASE_URL: a host works on this database, or has until a few seconds ago; stop all of them, and try again after 15 seconds',
        );
      return await work(store);
    } finally {
      await store.close();
    }
  } finally {
    leave();
  }
}

const placeOf = ({ dataDir, databaseUrl }: Environment): string =>
  databaseUrl === undefined ? `SQLite in ${resolve(dataDir)}` : 'PostgreSQL of DATABASE_URL';

/** An empty store would report success, although the mailings of the backup were not paused. @throws {StartError} if the store has no company */
async function refuseOther({ db }: Store, environment: Environment): Promise<void> {
  if (await db.selectFrom('tenants').select('id').limit(1).executeTakeFirst()) return;
  throw new StartError(
    `${placeOf(environment)} has no company, so it is not the backup; give this command the DATA_DIR or DATABASE_URL of the host, once the backup is in its place`,
  );
}

/** The states in which a mailing was not paused, each with advice for the operator of the host. */
const elsewhere = [
  [
    'stopped',
    'Stopped: retry one only where you know what became of it since; who had failed may have been sent again by a retry',
  ],
  [
    'active',
    'Active: deactivate those again that were deactivated or replaced since; where dialing is kept going, a host starts it again',
  ],
  ['deactivating', 'Deactivating: a host ends the dialing of the queue, whoever has it by now'],
] as const;

const remains = [
  'What remains to be done by a person, before anybody calls (more in docs/operating.md, "Putting a backup back"):',
  '  1. Start one host, and do again what was done since: numbers onto the do-not-call list, keys revoked, companies deleted, documents, secrets.',
  '  2. Look at the telephone system, one paused mailing after the other.',
  '     Resume it where none who is pending has left since. Who may have left is asked for, or sent again by a key, where the connection can do that; else in doubt.',
  '     Cancel it where others have left, its queue has another mailing by now, or the telephone system forgets whom it has dialed; send who is still to be called as a new one.',
  '  3. Settle who is in doubt then. Mailings that were taken in since the host does not know.',
];

/** The report for the operator of the host. Contains no personal data: ids of companies, queues and mailings, and counts. */
function restoredLines(mailings: readonly RestoredMailing[], place: string): string[] {
  const paused = mailings.filter(({ state }) => state === 'paused');
  return [
    `${place}: new events have numbers behind those that came since.`,
    '',
    ...(paused.length === 0
      ? ['No load is under way, so none was paused.']
      : ['Paused, so that no host goes on with them by itself:', ...paused.map(lineOf)]),
    '',
    ...elsewhere.flatMap(([state, title]) => {
      const those = mailings.filter((mailing) => mailing.state === state);
      return those.length === 0 ? [] : [`${title}:`, ...those.map(lineOf), ''];
    }),
    ...remains,
  ];
}

const count = (value: number): string => value.toLocaleString('en-US');

function lineOf({ tenant_id, id, queue, pending, sending }: RestoredMailing): string {
  const counts = [
    ...(sending > 0 ? [`${count(sending)} may have left since`] : []),
    ...(pending > 0 ? [`${count(pending)} pending`] : []),
  ];
  return `  company ${tenant_id}, queue ${queue}, mailing ${id}${counts.length === 0 ? '' : `: ${counts.join(', ')}`}`;
}
