// Builds what a command needs, and says nothing unless that fails: the command's own words are what was asked for.
import { spawnSync } from 'node:child_process';
import process from 'node:process';

const { status, stdout, stderr, error } = spawnSync(
  'turbo',
  ['run', 'build', '--output-logs=errors-only', ...process.argv.slice(2)],
  { encoding: 'utf8', shell: process.platform === 'win32' },
);
if (error) throw error;
if (status !== 0) {
  process.stderr.write(stdout + stderr);
  process.exit(status ?? 1);
}
