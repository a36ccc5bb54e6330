// Builds what a command needs, and prints nothing unless that fails, so that only the command's own output is seen.
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

// turbo is started by its file, because as a command it would need a shell on Windows.
const turbo = fileURLToPath(new URL('../node_modules/turbo/bin/turbo', import.meta.url));
const { status, stdout, stderr, error } = spawnSync(
  process.execPath,
  [turbo, 'run', 'build', '--output-logs=errors-only', ...process.argv.slice(2)],
  { encoding: 'utf8' },
);
if (error) throw error;
if (status !== 0) {
  process.stderr.write(stdout + stderr);
  process.exit(status ?? 1);
}
