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
      'Prepare a backup that was put back, before a host is started on it: pause its loads, hold the contacts that may have been sent since, skip the numbers of events',
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
          'environment DATABASE_URL: a host works on this database, or did a few seconds ago; stop all hosts, and try again after 15 seconds',
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
    `${placeOf(environment)} has no company, so it is not the backup; run this command with the DATA_DIR or DATABASE_URL of the host, after the backup was put in place`,
  );
}

/** The states in which a mailing was not paused, each with advice for the operator of the host. */
const elsewhere = [
  [
    'stopped',
    'Stopped: retry a mailing only if you know what became of it since the backup; a retry may have sent its failed contacts since',
  ],
  [
    'active',
    'Active: deactivate again the mailings that were deactivated or replaced since the backup; with keepDialing, a host would start their dialing again',
  ],
  [
    'deactivating',
    'Deactivating: a host will end the dialing of the queue, even if another mailing has the queue by now',
  ],
] as const;

const remains = [
  'What a person has to do now, before anybody makes calls (more in docs/operating.md, "Putting a backup back"):',
  '  1. Start one host, and repeat what was done since the backup: numbers added to the do-not-call list, keys revoked, companies deleted, documents and secrets changed.',
  '  2. Look at the telephone system, one paused mailing after the other.',
  '     Resume it if none of its pending contacts was sent since. Contacts that may have been sent are looked up, or sent again with a key, if the connection can do that; otherwise they are in doubt.',
  '     Cancel it if pending contacts were sent since, if its queue has another mailing by now, or if the telephone system forgets whom it has dialed; send the contacts still to be called as a new mailing.',
  '  3. Then settle the contacts in doubt. Of mailings that were taken in since the backup, which the host does not know, send the contacts still to be called as new mailings.',
];

/** The report for the operator of the host. Contains no personal data: ids of companies, queues and mailings, and counts. */
function restoredLines(mailings: readonly RestoredMailing[], place: string): string[] {
  const paused = mailings.filter(({ state }) => state === 'paused');
  return [
    `${place}: the numbers of new events continue after all that may have been given since the backup.`,
    '',
    ...(paused.length === 0
      ? ['No load was in progress, so none was paused.']
      : ['Paused, so that no host continues these loads by itself:', ...paused.map(lineOf)]),
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
    ...(sending > 0 ? [`${count(sending)} may have been sent since`] : []),
    ...(pending > 0 ? [`${count(pending)} pending`] : []),
  ];
  return `  company ${tenant_id}, queue ${queue}, mailing ${id}${counts.length === 0 ? '' : `: ${counts.join(', ')}`}`;
}
