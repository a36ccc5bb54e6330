import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { authorization } from '../../src/ari.ts';
import { AsteriskSettingsSchema } from '../../src/settings.ts';

const UserSchema = v.object({ user: v.string(), password: v.string() });
const lab = v.parse(
  v.pipe(
    v.string('run these by "npm run test:asterisk"'),
    v.parseJson(),
    v.object({ url: v.string(), ari: UserSchema, ami: UserSchema, root: v.string() }),
  ),
  process.env['FINAZ_LAB'],
);

export const labUrl = lab.url;
// Captured when this file is loaded, because the suite replaces the global fetch to catch adapters that use it.
const systemFetch = globalThis.fetch;

/** Settings of a connection, as a company would write them. */
export const settingsFor = (baseUrl: string = lab.url) => ({
  baseUrl,
  ari: lab.ari,
  ami: lab.ami,
  ringSeconds: 8,
});
export const settingsWithWrongPassword = (baseUrl: string) => ({
  ...settingsFor(baseUrl),
  ari: { user: lab.ari.user, password: 'wrong' },
});
export const settings = v.parse(AsteriskSettingsSchema, settingsFor());

const console = (config: string) => (command: string) =>
  execFileSync('chroot', [lab.root, '/usr/sbin/asterisk', '-C', config, '-rx', command], {
    encoding: 'utf8',
  });
/** The console of the telephone system under test. */
export const pbxConsole = console('/etc/asterisk/asterisk.conf');
/** The log of the telephone system under test. */
export const pbxLog = () => readFileSync(join(lab.root, 'var/log/asterisk/messages.log'), 'utf8');
/** The file of AstDB on the disk. */
export const databaseFile = join(lab.root, 'var/lib/asterisk/astdb.sqlite3');
/** The console of the carrier. */
export const carrierConsole = console('/etc/asterisk-sim/asterisk.conf');

/** Runs something with one more queue than those of the lab. */
export async function withQueue(text: string, run: () => Promise<void>): Promise<void> {
  const file = join(lab.root, 'etc/asterisk/queues.conf');
  const before = readFileSync(file, 'utf8');
  writeFileSync(file, `${before}\n${text}`);
  pbxConsole('queue reload all');
  try {
    await run();
  } finally {
    writeFileSync(file, before);
    pbxConsole('queue reload all');
  }
}

export async function ari(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await systemFetch(`${lab.url}/ari${path}`, {
    method,
    headers: { authorization: authorization(settings), 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const read: unknown = text === '' ? null : JSON.parse(text);
  return read;
}

async function until<Value>(read: () => Promise<Value | undefined>, what: string): Promise<Value> {
  for (const end = Date.now() + 15_000; Date.now() < end; await pause(100)) {
    const value = await read();
    if (value !== undefined) return value;
  }
  throw new Error(`${what} did not come within 15 s`);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const EndpointSchema = v.object({ channel_ids: v.array(v.string()) });

/** Channels of an extension. */
export async function callsOf(extension: string): Promise<readonly string[]> {
  return v.parse(EndpointSchema, await ari('GET', `/endpoints/PJSIP/${extension}`)).channel_ids;
}

/** Ends every call of an extension. */
export const hangUp = (extension: string) =>
  until(async () => {
    const ids = await callsOf(extension);
    for (const id of ids) await ari('DELETE', `/channels/${encodeURIComponent(id)}`);
    return ids.length === 0 ? true : undefined;
  }, 'a free operator');

/** Places a call between an extension and a customer, as click2call does. Resolves when they talk. */
export async function connect(extension: string, number: string, id: string): Promise<void> {
  await ari('POST', '/channels', {
    endpoint: `PJSIP/${extension}`,
    context: 'finaz-click2call',
    extension: number,
    priority: 1,
    channelId: id,
  });
  await until(async () => {
    const bridges = v.parse(
      v.array(v.object({ channels: v.array(v.string()) })),
      await ari('GET', '/bridges'),
    );
    const isTalking = bridges.some(({ channels }) => channels.length > 1 && channels.includes(id));
    return isTalking ? true : undefined;
  }, 'a call that talks');
}
