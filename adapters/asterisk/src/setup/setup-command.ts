import {
  CommandError,
  type AdapterCommand,
  type CommandFolder,
  type CommandWork,
} from '@finaz-telephony/core';
import { confValue } from './conf-value.ts';
import { apply, changesToUndo, changesToWrite } from './folder-changes.ts';
import { readDialplan, type Dialplan } from './package-files.ts';
import type { ServerAccess } from './server-access.ts';
import {
  serverFiles,
  type HasSection,
  type ServerFile,
  type SetupChoices,
} from './server-files.ts';
import { choicesOf, refuseContradictions, setupFlags } from './setup-flags.ts';

/** `finaz-telephony asterisk setup`: the files that a server needs for one connection. */
export function setupCommand<Settings>(
  accessOf: (settings: Settings) => ServerAccess,
): AdapterCommand<Settings> {
  return {
    name: 'setup',
    description: 'Print, write or undo the files that an Asterisk server needs for a connection',
    flags: setupFlags,
    run: (work) => setUp(work, accessOf),
  };
}

async function setUp<Settings>(
  work: CommandWork<Settings>,
  accessOf: (settings: Settings) => ServerAccess,
): Promise<boolean> {
  const { undo: undoIn, write: writeInto } = work.flags;
  refuseContradictions(work.flags);
  if (typeof undoIn === 'string') return undo(work, undoIn);
  const dialplan = await readDialplan();
  const access = writable(accessOf(work.settings));
  const choices = choicesOf(work);
  if (typeof writeInto !== 'string') {
    printFiles(work, serverFiles(access, choices, dialplan, isInStockFiles), access, choices);
    return true;
  }
  return write(work, writeInto, access, choices, dialplan);
}

/** Writes the files into a folder, in a form that suits the sections of the administrator's files there. */
async function write(
  { flags, folder, note }: Pick<CommandWork<unknown>, 'flags' | 'folder' | 'note'>,
  path: string,
  access: ServerAccess,
  choices: SetupChoices,
  dialplan: Dialplan,
): Promise<boolean> {
  const place = folder(path);
  await checkCompany(place, choices.tenantId);
  const names = ['http.conf', 'ari.conf', 'manager.conf', 'extensions.conf', 'queues.conf'];
  const include = flags['include'] === true;
  const bases = new Map<string, string | undefined>();
  // With `--include`, a missing file is begun. Without it, the files are copied to the server from this folder, and the server's own files cannot be seen.
  for (const name of names) bases.set(name, (await place.read(name)) ?? (include ? '' : undefined));
  const has: HasSection = (base, section) => {
    const content = bases.get(base);
    return content === undefined ? isInStockFiles(base) : hasSection(content, section);
  };
  const files = serverFiles(access, choices, dialplan, has);
  const changes = await changesToWrite(place, files, dialplan.version, include);
  const there = new Set(await place.list());
  await apply(place, changes);
  for (const { name, what } of changes) note(`${name}: ${what}`);
  const begun = files.map(({ base }) => base).filter((base) => include && !there.has(base));
  if (changes.length === 0) note('nothing to change');
  else note(nextSteps(files, include, begun));
  return true;
}

/** @throws {CommandError} if the server serves another company: its events would become those of this one, and its passwords would be lost */
async function checkCompany(place: CommandFolder, tenantId: string): Promise<void> {
  const written = (await place.read('finaz-extensions.conf')) ?? '';
  const other = /^FINAZ_EMPRESA = (.*)$/m.exec(written)?.[1];
  if (other === undefined || other === tenantId) return;
  throw new CommandError(
    `nothing was changed.\nfinaz-extensions.conf: is of the company ${other}, and an Asterisk serves one company; to give it to ${tenantId}, run "asterisk setup --undo" with the folder first`,
  );
}

/** @throws {CommandError} where a name or password cannot be written into Asterisk's files. */
function writable(access: ServerAccess): ServerAccess {
  for (const [name, { user, password }] of Object.entries({ ari: access.ari, ami: access.ami })) {
    confValue(`user of ${name}`, user);
    confValue(`password of ${name}`, password);
  }
  for (const queue of access.queues) confValue('queue', queue);
  return access;
}

async function undo({ folder, note }: CommandWork<unknown>, path: string): Promise<boolean> {
  const place = folder(path);
  const changes = await changesToUndo(place);
  await apply(place, changes);
  for (const { name, what } of changes) note(`${name}: ${what}`);
  note(
    changes.length === 0
      ? `nothing to undo: ${path} has no file of this command`
      : "Then: asterisk -rx 'core reload'",
  );
  return true;
}

function printFiles(
  { flags, print }: CommandWork<unknown>,
  files: readonly ServerFile[],
  { ari, ami }: ServerAccess,
  { token }: SetupChoices,
): void {
  const secrets = [ari.password, ami.password, token].filter((value) => value !== '');
  for (const { name, base, text } of files) {
    const shown =
      flags['show-secrets'] === true
        ? text
        : secrets.reduce((masked, value) => masked.replaceAll(value, '********'), text);
    print(`; ===== ${name}, at the end of ${base}: #tryinclude "${name}"\n${shown}`);
  }
}

/**
 * If the server's files cannot be seen, these are assumed to have a [general], because a second one would be ignored. A second [globals] counts, and adding
 * to a missing one would make Asterisk refuse the whole file.
 */
const isInStockFiles = (base: string) => ['http.conf', 'ari.conf', 'manager.conf'].includes(base);

/** @param begun the administrator's files that did not exist before: Asterisk must be given the right to read them, as for ours */
function nextSteps(
  files: readonly ServerFile[],
  include: boolean,
  begun: readonly string[],
): string {
  const readable = ['finaz-*.conf', ...begun].map((name) => `/etc/asterisk/${name}`).join(' ');
  const lines = include
    ? []
    : files.map(({ name, base }) => `  at the end of ${base}: #tryinclude "${name}"`);
  return [
    ...(include ? [] : ['Add these lines, or run it again with --include:', ...lines]),
    'Then, on the server:',
    '  install -d -o asterisk -g asterisk -m 750 /var/spool/asterisk/recording',
    `  chgrp asterisk ${readable}`,
    ...files.map(({ reload }) => `  asterisk -rx '${reload}'`),
    '  (restart Asterisk where http.conf or manager.conf was off before)',
    'And look: finaz-telephony asterisk doctor --tenant ID',
  ].join('\n');
}

/** Comments begin with `;`; a section may be indented. A head such as `[100](+)` only adds to a section that is defined elsewhere. */
function hasSection(content: string, section: string): boolean {
  const head = `[${section}]`;
  return content
    .split('\n')
    .map((line) => line.trimStart())
    .some((line) => line.startsWith(head) && !line.startsWith('(+', head.length));
}
