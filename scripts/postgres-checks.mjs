// What is checked on a real PostgreSQL: the whole test suite of the host, kill -9 under load of events and of mailings, two hosts on one database. DATABASE_URL names it.
// --kills N makes the check of kill -9 shorter or longer, and leaves out tests that demand nothing of the database that other tests do not.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import process from 'node:process';

const host = fileURLToPath(new URL('../apps/host/', import.meta.url));
const given = process.argv.indexOf('--kills');
const kills = given < 0 ? '20' : process.argv[given + 1];

const alike = ['--exclude', 'test/{authoring,cli,docs,profiles,templates}/**'];

const checks = [
  ['vitest', 'run', ...(given < 0 ? [] : alike)],
  ['node', 'checks/kill.ts', '--kills', kills],
  ['node', 'checks/two-hosts.ts'],
  ['node', 'checks/mailing-kill.ts', '--kills', kills, '--contacts', String(Number(kills) * 1000)],
  ['node', 'checks/mailing-two-hosts.ts', '--contacts', '24000', '--freeze', '3'],
];
for (const [command, ...args] of checks) {
  process.stdout.write(`\n> ${command} ${args.join(' ')}\n`);
  const { status, error } = spawnSync(command, args, { cwd: host, stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
