import process from 'node:process';
import { defineCommand, renderUsage, runMain, type ArgsDef, type CommandDef } from 'citty';
import { bundledAdapters } from '../adapters.ts';
import { environmentHelp, exitCodesHelp } from './further-help.ts';
import { adapterCommand } from './adapter-commands.ts';
import { adaptersHere, print, say } from './command-line.ts';
import { applyCommand, checkCommand } from './document-commands.ts';
import { doctorCommand } from './doctor-command.ts';
import { importCommand } from './import-command.ts';
import { keysCommand } from './key-commands.ts';
import { mailingsCommand } from './mailing-commands.ts';
import { previewCommand } from './preview-command.ts';
import { replyCommand } from './reply-command.ts';
import { restoredCommand } from './restored-command.ts';
import { schemaCommand } from './schema-command.ts';
import { secretsCommand } from './secret-commands.ts';
import { serveCommand } from './serve-command.ts';
import { readEnvironment, StartError } from '../environment.ts';
import { platformCode } from '../platform-code.ts';
import { version } from '../version.ts';

const ownCommands = {
  serve: serveCommand,
  check: checkCommand,
  apply: applyCommand,
  import: importCommand,
  preview: previewCommand,
  reply: replyCommand,
  schema: schemaCommand,
  mailings: mailingsCommand,
  keys: keysCommand,
  secrets: secretsCommand,
  doctor: doctorCommand,
  restored: restoredCommand,
};

/** Why the adapters of this environment cannot be read. Only a command that needs them reports it, so that `--help` still works. */
let unread: StartError | undefined;

/** A command for each adapter, under the adapter's id. */
async function adapterCommands() {
  let adapters = bundledAdapters;
  try {
    adapters = [...new Set((await adaptersHere(readEnvironment(process.env))).values())];
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    unread = error;
  }
  return Object.fromEntries(
    adapters
      .filter(({ id }) => !Object.hasOwn(ownCommands, id))
      .map((adapter) => [adapter.id, adapterCommand(adapter)]),
  );
}

const commands = { ...ownCommands, ...(await adapterCommands()) };

const main = defineCommand({
  meta: {
    name: 'finaz-telephony',
    version,
    description: 'Connects the Finaz CRM with telephone systems',
  },
  subCommands: commands,
});

/** Text that citty does not generate, for the end of a command's help. */
const furtherHelp: Readonly<Record<string, string>> = {
  'finaz-telephony': exitCodesHelp,
  'finaz-telephony serve': environmentHelp,
};

/**
 * citty shows a command's name with its group only, but people type the program's name first. It also prints the usage to stdout after an error, where it
 * would end up in a command's saved output; here it goes to stderr then.
 */
async function showUsageAsTyped<Args extends ArgsDef>(
  command: CommandDef<Args>,
  group?: CommandDef<Args>,
): Promise<void> {
  const groupMeta = await metaOf(group);
  const name =
    groupMeta?.name === 'finaz-telephony' ? groupMeta.name : `finaz-telephony ${groupMeta?.name}`;
  const padded = await renderUsage(command, group && { ...group, meta: { ...groupMeta, name } });
  // citty pads each line to the longest; in a narrower terminal, the trailing spaces would wrap into empty lines.
  const usage = padded.replace(/ +$/gm, '');
  const isAskedFor = process.argv.some((word) => word === '--help' || word === '-h');
  if (isAskedFor) {
    const typed = [group && name, (await metaOf(command))?.name].filter(Boolean).join(' ');
    print(`${usage}\n${furtherHelp[typed] ?? ''}`);
    return;
  }
  say(`${usage}\n`);
  // citty exits with 1, which has another meaning here.
  process.once('exit', () => {
    process.exitCode = 2;
  });
}

async function metaOf<Args extends ArgsDef>(command?: CommandDef<Args>) {
  return typeof command?.meta === 'function' ? command.meta() : command?.meta;
}

/** Exit code of a program that SIGPIPE ends: 128 + 13. */
const closedPipe = 141;

/** Runs the command that the command line names. */
export function runCommandLine(): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader has closed the pipe, as `| head` does.
    if (error.code === 'EPIPE') process.exit(closedPipe);
    say(`the output cannot be written (${platformCode(error) || error.message})`);
    process.exit(2);
  });
  // If stderr fails, there is nowhere left to report it, and a host must go on.
  process.stderr.on('error', () => undefined);
  const [, , wanted = '-'] = process.argv;
  if (unread && !wanted.startsWith('-') && !Object.hasOwn(commands, wanted)) {
    // The command may belong to an adapter that could not be read: "unknown command" would not say what to mend.
    say(unread.message);
    process.exitCode = 2;
    return Promise.resolve();
  }
  return runMain(main, { showUsage: showUsageAsTyped });
}
