#!/usr/bin/env node
import process from 'node:process';
import { restartAsHost } from './cli/restart-as-host.ts';
import { tooOldNode } from './cli/node-version.ts';

const mistake = tooOldNode(process.version);
if (mistake !== undefined) {
  process.stderr.write(`${mistake}\n`);
  process.exit(2);
}
// Before anything else is loaded: a host restarts itself with it.
if (process.argv[2] === 'serve') restartAsHost();
// The library that writes the help colours it whatever the output, unless it finds this.
if (!process.stdout.isTTY || !process.stdout.hasColors()) process.env['NO_COLOR'] = '1';
const { runCommandLine } = await import('./cli/main.ts');
await runCommandLine();
