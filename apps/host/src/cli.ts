#!/usr/bin/env node
import process from 'node:process';
import { restartAsHost } from './cli/restart-as-host.ts';
import { tooOldNode } from './cli/node-version.ts';

const mistake = tooOldNode(process.version);
if (mistake !== undefined) {
  process.stderr.write(`${mistake}\n`);
  process.exit(2);
}
// Before anything else is loaded, because a host restarts its process here.
if (process.argv[2] === 'serve') restartAsHost();
// citty colours its help even if the output is not a terminal, unless NO_COLOR is set.
if (!process.stdout.isTTY || !process.stdout.hasColors()) process.env['NO_COLOR'] = '1';
const { runCommandLine } = await import('./cli/main.ts');
await runCommandLine();
