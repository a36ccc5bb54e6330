// The long checks of mailings: on SQLite, or on the PostgreSQL that DATABASE_URL names. kill -9, a frozen host, a store that is away, twenty tenants at once, random commands
// with crashes among them. Each prints its seed.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import process from 'node:process';

const host = fileURLToPath(new URL('../apps/host/', import.meta.url));
const checks =
  process.env.DATABASE_URL === undefined
    ? ['mailing-kill', 'mailing-store-away', 'mailing-fairness']
    : ['mailing-kill', 'mailing-two-hosts', 'mailing-fairness'];

const commands = [
  ...checks.map((name) => ['node', `checks/${name}.ts`]),
  ['vitest', 'run', 'test/mailings/state-machine.test.ts'],
];
for (const [command, ...args] of commands) {
  process.stdout.write(`\n> ${command} ${args.join(' ')}\n`);
  const { status, error } = spawnSync(command, args, {
    cwd: host,
    stdio: 'inherit',
    env: { STATES_RUNS: '40', ...process.env },
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
