import process from 'node:process';
import { CommandError, type AdapterContext } from '@finaz-telephony/core';
import { defineCommand, type ArgsDef, type CommandDef } from 'citty';
import { adapterFailure } from '../adapter-work/adapter-failure.ts';
import { inContext } from '../adapter-work/in-context.ts';
import { diagnoseConnection } from '../trials/diagnose-connection.ts';
import { StartError } from '../environment.ts';
import type { InstalledAdapter, InstalledCommand } from '../tenants/installed-adapter.ts';
import {
  chooseConnection,
  choiceFlags,
  generateFlag,
  type ChosenConnection,
} from './chosen-connection.ts';
import { openCommandFolder } from './command-folder.ts';
import { guarded, print, say, withWorkbench, type Workbench } from './command-line.ts';

/** `finaz-telephony ADAPTER …`: the host's doctor for a connection of this adapter, and the commands that the adapter brings. */
export function adapterCommand(adapter: InstalledAdapter): CommandDef {
  const brought = adapter.commands.map((command) => [
    command.name,
    broughtCommand(adapter, command),
  ]);
  return defineCommand({
    meta: {
      name: adapter.id,
      description: `${adapter.name}: set it up and look for what is wrong`,
    },
    subCommands: { ...Object.fromEntries(brought), doctor: doctorOf(adapter) },
  });
}

function broughtCommand(adapter: InstalledAdapter, command: InstalledCommand): CommandDef {
  const accepted: ArgsDef = { ...command.flags, ...choiceFlags, ...generateFlag };
  return defineCommand({
    meta: { name: command.name, description: command.description },
    args: accepted,
    run: guarded(async ({ args }: { args: Readonly<Record<string, unknown>> }) => {
      const flags = flagsOf(command, args);
      const isWell = await withWorkbench(async (bench) => {
        const chosen = await chooseConnection(bench, adapter.id, {
          ...choiceOf(args),
          generateSecrets: args['generate-secrets'] === true,
        });
        const { tenant, connection, settings } = chosen;
        return withContext(bench, chosen, (context) =>
          command.run({
            flags,
            tenant: {
              id: tenant.id,
              name: tenant.name,
              ...(tenant.inbound.token !== undefined && { inboundToken: tenant.inbound.token }),
            },
            settings,
            context: { ...context, connection: connection.name },
            print,
            note: say,
            folder: openCommandFolder,
          }),
        );
      });
      if (!isWell) process.exitCode = 1;
    }),
  });
}

const doctorFlags: ArgsDef = {
  ...choiceFlags,
  json: { type: 'boolean', default: false, description: 'one JSON object per finding' },
};

function doctorOf(adapter: InstalledAdapter): CommandDef {
  return defineCommand({
    meta: {
      name: 'doctor',
      description:
        'Look at a live system through the connection and say what to mend; exit code 1 when something is broken',
    },
    args: doctorFlags,
    run: guarded(async ({ args }: { args: Readonly<Record<string, unknown>> }) => {
      await withWorkbench(async (bench) => {
        const { tenant, connection } = await chooseConnection(bench, adapter.id, choiceOf(args));
        for await (const finding of diagnoseConnection(bench, tenant, connection)) {
          if (finding.state === 'broken') process.exitCode = 1;
          if (args['json'] === true) print(JSON.stringify(finding));
          else {
            print(`${finding.state.padEnd(7)}  ${finding.check}: ${finding.message}`);
            if (finding.mend !== undefined) print(indented(finding.mend));
          }
        }
      });
    }),
  });
}

const indented = (text: string) => text.replace(/^/gm, '         ');

/** @throws {StartError} if the flag is empty, for example because a shell variable is not set: it would silently count as absent otherwise */
function textOf(args: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = args[name];
  if (value === '') throw new StartError(`--${name}: its value is missing`);
  return typeof value === 'string' ? value : undefined;
}

function choiceOf(args: Readonly<Record<string, unknown>>) {
  return {
    tenant: textOf(args, 'tenant'),
    document: textOf(args, 'document'),
    connection: textOf(args, 'connection'),
  };
}

function flagsOf(command: InstalledCommand, args: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(
    Object.entries(command.flags).map(([name, { type }]) => [
      name,
      type === 'boolean' ? args[name] === true : textOf(args, name),
    ]),
  );
}

/** Runs work of an adapter with access to the vendor; the adapter's usage errors are shown in its own words. */
async function withContext<Result>(
  bench: Workbench,
  { tenant, connection }: ChosenConnection,
  run: (context: AdapterContext) => Promise<Result>,
): Promise<Result> {
  const { signal } = new AbortController();
  const work = { tenant, connection, feature: 'credentials', personal: [], signal } as const;
  try {
    return await inContext(bench, work, run);
  } catch (error) {
    if (CommandError.isInstance(error)) throw new StartError(error.message);
    if (error instanceof StartError) throw error;
    const { message, hint = '' } = adapterFailure(error, undefined, bench.logger);
    throw new StartError(`${message} ${hint}`.trim());
  }
}
