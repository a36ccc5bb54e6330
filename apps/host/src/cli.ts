#!/usr/bin/env node
import { createRequire } from 'node:module';
import { defineCommand, runMain } from 'citty';
import * as v from 'valibot';
import { applyCommand, checkCommand } from './cli/document-commands.ts';
import { doctorCommand } from './cli/doctor-command.ts';
import { keysCommand } from './cli/key-commands.ts';
import { previewCommand } from './cli/preview-command.ts';
import { secretsCommand } from './cli/secret-commands.ts';
import { serveCommand } from './cli/serve-command.ts';

const { version } = v.parse(
  v.object({ version: v.string() }),
  createRequire(import.meta.url)('../package.json'),
);

const main = defineCommand({
  meta: {
    name: 'finaz-telephony',
    version,
    description: 'Connects the Finaz CRM with telephone systems',
  },
  subCommands: {
    serve: serveCommand,
    check: checkCommand,
    apply: applyCommand,
    preview: previewCommand,
    keys: keysCommand,
    secrets: secretsCommand,
    doctor: doctorCommand,
  },
});

await runMain(main);
