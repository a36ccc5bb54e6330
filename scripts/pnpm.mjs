// Runs the pnpm pinned in package.json, so that a fresh clone needs only Node 20+ and npm.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';

const root = new URL('../', import.meta.url);
const { packageManager } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));

/**
 * npx as a program with its first arguments. On Windows, `npx` is a shell script, which would split a file name with a blank or a text with an "&", so Node
 * runs the program that this script would start, which lies beside Node.
 */
function npx() {
  if (process.platform !== 'win32') return ['npx'];
  return [
    process.execPath,
    join(dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npx-cli.js'),
  ];
}

function pnpm(args, output = 'inherit') {
  const [program, ...first] = npx();
  const { status, signal, error } = spawnSync(
    program,
    [...first, '--yes', packageManager, ...args],
    {
      cwd: root,
      // Nobody should be told that somebody tries this project out.
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' },
      stdio: ['inherit', output, 'inherit'],
    },
  );
  if (error) throw error;
  if (status !== 0) process.exit(status ?? (signal === 'SIGINT' ? 130 : 1));
}

const args = process.argv.slice(2);
const isInstalled = existsSync(new URL('node_modules/.modules.yaml', root));
// A requested install runs alone, because a frozen install before it would refuse a package that is not in the lockfile yet.
if (args[0] !== 'install' && (process.env.CI || !isInstalled)) {
  // With --silent the command's own output must stand alone, so the install's goes to stderr.
  pnpm(['install', '--frozen-lockfile'], args.includes('--silent') ? 2 : 'inherit');
}
pnpm(args);
