import { CommandError, type AdapterCommand, type CommandWork } from '@finaz-telephony/core';
import { confValue } from './conf-value.ts';
import type { SetupChoices } from './server-files.ts';

export const setupFlags = {
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
    description:
      'number that customers see, and outside destinations of transfers (default: that of the trunk)',
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
    description: 'with --write: also add the marked #tryinclude lines to http.conf, ari.conf, …',
  },
  undo: {
    type: 'string',
    valueHint: 'DIR',
    description: 'remove from this folder exactly what the command has written',
  },
} as const satisfies AdapterCommand['flags'];

const actions = ['print', 'write', 'undo'];
const goesWith = { include: 'write', 'show-secrets': 'print' } as const;

/** @throws {CommandError} if one flag would silently override another */
export function refuseContradictions(flags: CommandWork<unknown>['flags']): void {
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

/** The flags, with defaults filled in. @throws {CommandError} for what cannot be written into Asterisk's files */
export function choicesOf({ flags, tenant }: CommandWork<unknown>): SetupChoices {
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
