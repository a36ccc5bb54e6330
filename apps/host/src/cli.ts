#!/usr/bin/env node
import process from 'node:process';
import { beginAnewAsHost } from './cli/begin-anew.ts';
import { tooOldNode } from './cli/node-version.ts';

const mistake = tooOldNode(process.version);
if (mistake !== undefined) {
  process.stderr.write(`${mistake}\n`);
  process.exit(2);
}
// Before anything else is loaded: a host begins anew with it.
if (process.argv[2] === 'serve') beginAnewAsHost();
// The library that writes the help colours it whoever reads, unless it finds this.
if (!process.stdout.isTTY || !process.stdout.hasColors()) process.env['NO_COLOR'] = '1';
const { runCommandLine } = await import('./cli/main.ts');
await runCommandLine();
