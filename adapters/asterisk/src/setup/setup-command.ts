import {
  CommandError,
  type AdapterCommand,
  type CommandFolder,
  type CommandWork,
} from '@finaz-telephony/core';
import { confValue } from './conf-value.ts';
import { apply, changesToUndo, changesToWrite } from './folder-changes.ts';
import { readDialplan } from './package-files.ts';
import type { ServerAccess } from './server-access.ts';
import {
  serverFiles,
  type HasSection,
  type ServerFile,
  type SetupChoices,
} from './server-files.ts';

/** `finaz-telephony asterisk setup`: the files that a server needs for one connection. */
export function setupCommand<Settings>(
  accessOf: (settings: Settings) => ServerAccess,
): AdapterCommand<Settings> {
  return {
    name: 'setup',
    description: 'Print, write or undo the files that an Asterisk server needs for a connection',
    flags: {
      'host-url': {
        type: 'string',
        valueHint: 'URL',
        description: 'address of the host as the server sees it, for the answered event',
      },
      'host-address': {
        type: 'string',
        valueHint: 'ADDRESSES',
        description:
          'addresses that the host comes from, with commas; nobody else may use the passwords (default 127.0.0.1)',
      },
      trunk: {
        type: 'string',
        valueHint: 'ENDPOINT',
        description:
          'PJSIP endpoint of the carrier, or how customers are dialed, where % stands for the number: PJSIP/%@carrier (default tronco)',
      },
      'caller-id': {
        type: 'string',
        valueHint: 'NUMBER',
        description: 'number that customers see (default: that of the trunk)',
      },
      bind: {
        type: 'string',
        valueHint: 'ADDRESS',
        description: "address that Asterisk's web server listens on (default 127.0.0.1)",
      },
      certificate: {
        type: 'string',
        valueHint: 'FILE',
        description: 'certificate for https (default /etc/asterisk/keys/http.pem)',
      },
      key: {
        type: 'string',
        valueHint: 'FILE',
        description: 'its key (default /etc/asterisk/keys/http.key)',
      },
      print: {
        type: 'boolean',
        description: 'print the files, passwords masked; what happens without --write and --undo',
      },
      'show-secrets': { type: 'boolean', description: 'with --print: passwords in the clear' },
      write: {
        type: 'string',
        valueHint: 'DIR',
        description: 'write finaz-*.conf into this folder, for example /etc/asterisk',
      },
      include: {
        type: 'boolean',
        description:
          'with --write: also add the marked #tryinclude lines to http.conf, ari.conf, …',
      },
      undo: {
        type: 'string',
        valueHint: 'DIR',
        description: 'remove from this folder exactly what the command has written',
      },
    },
    run: async (work) => {
      const { flags, folder, note } = work;
      refuseContradictions(flags);
      if (typeof flags['undo'] === 'string') return undo(work, flags['undo']);
      const dialplan = await readDialplan();
      const access = writable(accessOf(work.settings));
      const choices = choicesOf(work);
      if (typeof flags['write'] !== 'string') {
        printFiles(work, serverFiles(access, choices, dialplan, isInStockFiles), access, choices);
        return true;
      }
      const place = folder(flags['write']);
      await checkCompany(place, choices.tenantId);
      const names = ['http.conf', 'ari.conf', 'manager.conf', 'extensions.conf', 'queues.conf'];
      const include = flags['include'] === true;
      const bases = new Map<string, string | undefined>();
      // One that is not there is begun by the include; without, this is a folder from which the files are copied to the server.
      for (const name of names)
        bases.set(name, (await place.read(name)) ?? (include ? '' : undefined));
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
    },
  };
}

const actions = ['print', 'write', 'undo'];
const goesWith = { include: 'write', 'show-secrets': 'print' } as const;

/** @throws {CommandError} where one flag would win over another in silence */
function refuseContradictions(flags: CommandWork<unknown>['flags']): void {
  const isGiven = (name: string) => flags[name] !== undefined && flags[name] !== false;
  const given = actions.filter(isGiven);
  if (given.length > 1)
    throw new CommandError(
      `${given.map((name) => `--${name}`).join(' and ')} contradict each other; give one of them. Nothing was changed`,
    );
  const [action = 'print'] = given;
  for (const [name, wanted] of Object.entries(goesWith)) {
    if (isGiven(name) && action !== wanted)
      throw new CommandError(`--${name} goes with --${wanted} alone. Nothing was changed`);
  }
}

/** @throws {CommandError} where the server serves another company: its events would become those of this one, and its passwords would be gone */
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
 * What is assumed where the server's files cannot be seen: a second [general] would not count. A second [globals] does, and adding to one that is not there
 * would be refused with the whole file.
 */
const isInStockFiles = (base: string) => ['http.conf', 'ari.conf', 'manager.conf'].includes(base);

/** @param begun files of the administrator that were not there: they are as new as ours, and Asterisk must be able to read them */
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

/** Comments begin with `;`; a section may stand behind blanks. One that only adds to another (`[100](+)`) begins none. */
function hasSection(content: string, section: string): boolean {
  const head = `[${section}]`;
  return content
    .split('\n')
    .map((line) => line.trimStart())
    .some((line) => line.startsWith(head) && !line.startsWith('(+', head.length));
}

function choicesOf({ flags, tenant }: CommandWork<unknown>): SetupChoices {
  const text = (name: string, otherwise: string) => {
    const value = flags[name];
    return confValue(`--${name}`, typeof value === 'string' ? value : otherwise);
  };
  return {
    tenantId: confValue('id of the company', tenant.id),
    token: confValue('inbound.token', tenant.inboundToken ?? ''),
    hostUrl: hostUrlOf(text('host-url', '')),
    hostNetworks: text('host-address', '127.0.0.1').split(',').map(networkOf),
    trunk: trunkOf(flags['trunk'] ?? 'tronco'),
    callerNumber: text('caller-id', ''),
    bind: text('bind', '127.0.0.1'),
    certificate: text('certificate', '/etc/asterisk/keys/http.pem'),
    key: text('key', '/etc/asterisk/keys/http.key'),
  };
}

function hostUrlOf(given: string): string {
  if (!URL.canParse(given) || !/^https?:\/\//.test(given))
    throw new CommandError(
      '--host-url: name the address of the host as the server sees it, for example https://telephony.example',
    );
  return given.replace(/\/+$/, '');
}

function trunkOf(given: string | boolean): string {
  if (typeof given === 'string') {
    if (/^[\w.-]+$/.test(given)) return `PJSIP/%@${given}`;
    if (/^[A-Za-z0-9]+\/[\w@.:/-]*%[\w@.:/-]*$/.test(given)) return given;
  }
  throw new CommandError(
    `--trunk: ${JSON.stringify(given)} is neither an endpoint nor a way to dial; for example PJSIP/%@carrier, % stands for the number`,
  );
}

function networkOf(given: string): string {
  const address = given.trim();
  if (!/^[0-9A-Fa-f:.]+(?:\/\d{1,3})?$/.test(address))
    throw new CommandError(`--host-address: ${JSON.stringify(address)} is not an address`);
  if (address.includes('/')) return address;
  return `${address}/${address.includes(':') ? '128' : '32'}`;
}
