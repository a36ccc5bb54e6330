// The long checks of mailings on a real PostgreSQL, which DATABASE_URL names: kill -9, a frozen host, twenty tenants at once.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import process from 'node:process';

for (const name of ['mailing-kill', 'mailing-two-hosts', 'mailing-fairness']) {
  const check = fileURLToPath(new URL(`../apps/host/checks/${name}.ts`, import.meta.url));
  const { status } = spawnSync('node', [check], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
