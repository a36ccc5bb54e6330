import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as v from 'valibot';
import { freePort, startHostProcess, type HostProcess } from './host-process.ts';
import { adminKey } from './tenant.ts';

const UserSchema = v.object({ user: v.string(), password: v.string() });
const LabSchema = v.object({
  url: v.string(),
  tlsUrl: v.string(),
  ari: UserSchema,
  ami: UserSchema,
  readOnly: UserSchema,
  weak: UserSchema,
  root: v.string(),
  folder: v.string(),
});
export type Lab = v.InferOutput<typeof LabSchema>;

/** The lab that `lab.mjs run` has started for this process; without one, the process ends. */
export function labHere(): Lab {
  const told = process.env['FINAZ_LAB'];
  if (told === undefined) {
    console.error(
      'there is no Asterisk here; put "node adapters/asterisk/lab/lab.mjs run --" before the command, which starts one',
    );
    process.exit(2);
  }
  return v.parse(v.pipe(v.string(), v.parseJson(), LabSchema), told);
}

/** Runs a program inside the lab's file system and returns its output. */
function inLab(lab: Lab, ...command: readonly string[]): string {
  return execFileSync('chroot', [lab.root, ...command], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** A command on the console of the telephone system. */
export const pbxConsole = (lab: Lab, command: string): string =>
  inLab(lab, '/usr/sbin/asterisk', '-rx', command);

/** A command on the console of the carrier, which knows what was really dialed. */
export const carrierConsole = (lab: Lab, command: string): string =>
  inLab(lab, '/usr/sbin/asterisk', '-C', '/etc/asterisk-sim/asterisk.conf', '-rx', command);

const labCommand = fileURLToPath(
  new URL('../../../adapters/asterisk/lab/lab.mjs', import.meta.url),
);

/** Kills the telephone system, as a power failure would, and starts it again. */
export async function killAndRestartPbx({ folder }: Lab): Promise<void> {
  await promisify(execFile)(process.execPath, [labCommand, 'restart', folder]);
}

/** Process id of the telephone system. */
export const pbxProcess = ({ folder }: Lab): number =>
  Number(readFileSync(join(folder, 'pbx.pid'), 'utf8'));

export interface Sound {
  readonly seconds: number;
  /** Root mean square of the samples, from 0 for silence to 1. */
  readonly loudness: number;
}

/** Length and loudness of a recording, measured by sox. @throws if sox cannot play the recording */
export function listenTo(lab: Lab, audio: Uint8Array): Sound {
  const file = join(lab.root, 'tmp', 'recording.wav');
  writeFileSync(file, audio);
  const seconds = Number(inLab(lab, '/usr/bin/soxi', '-D', '/tmp/recording.wav'));
  const { stderr } = spawnSync(
    'chroot',
    [lab.root, '/usr/bin/sox', '/tmp/recording.wav', '-n', 'stat'],
    { encoding: 'utf8' },
  );
  const loudness = Number(/RMS\s+amplitude:\s+(\S+)/.exec(stderr)?.[1] ?? Number.NaN);
  if (Number.isNaN(seconds) || Number.isNaN(loudness)) throw new Error(`sox: ${stderr}`);
  return { seconds, loudness };
}

const inbound = { allowFrom: ['127.0.0.1'], token: '${secret:event}' };
const eventToken = 'event-token-of-the-lab';
const tenantId = '1042';

interface AskInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly json?: unknown;
}

/** A host with a tenant on the lab's Asterisk, and access to its API. */
export interface AsteriskHost {
  readonly lab: Lab;
  readonly url: () => string;
  readonly ask: (path: string, init?: AskInit) => Promise<Response>;
  /** Saves the tenant with the given settings of the connection over the default ones. */
  readonly save: (
    settings?: Record<string, unknown>,
    limits?: Record<string, unknown>,
  ) => Promise<void>;
  /** Kills the host and starts it again. */
  readonly killAndRestart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export async function startAsteriskHost(): Promise<AsteriskHost> {
  const lab = labHere();
  const environment = {
    DATA_DIR: await mkdtemp(join(tmpdir(), 'finaz-asterisk-')),
    ADMIN_KEY: adminKey,
    MASTER_KEY: randomBytes(32).toString('base64'),
    EGRESS_ALLOW: '127.0.0.0/8',
  };
  const port = await freePort();
  let host: HostProcess = await startHostProcess(environment, port);
  // Written into the file, so that it survives a restart of Asterisk.
  const dialplan = join(lab.root, 'etc/asterisk/extensions.conf');
  const written = readFileSync(dialplan, 'utf8');
  writeFileSync(
    dialplan,
    written.replace(/^FINAZ_HOST = .*$/m, `FINAZ_HOST = ${host.url}\nFINAZ_TOKEN = ${eventToken}`),
  );
  pbxConsole(lab, 'dialplan reload');
  const ask: AsteriskHost['ask'] = (path, { json, ...init } = {}) =>
    fetch(`${host.url}/v1/tenants/${tenantId}${path}`, {
      ...init,
      headers: {
        Authorization: `Bearer ${adminKey}`,
        ...(json !== undefined && { 'Content-Type': 'application/json' }),
        ...init.headers,
      },
      ...(json !== undefined && { method: init.method ?? 'POST', body: JSON.stringify(json) }),
    });
  const secret = (name: string, value: string) =>
    ask(`/secrets/${name}`, { method: 'PUT', json: { value } });
  await secret('ari', lab.ari.password);
  await secret('ami', lab.ami.password);
  await secret('event', eventToken);

  async function save(
    settings: Record<string, unknown> = {},
    limits: Record<string, unknown> = {},
  ): Promise<void> {
    const response = await ask('?check=skip', {
      method: 'PUT',
      json: {
        id: tenantId,
        name: 'Cobranca Sul',
        inbound,
        connections: {
          pabx: {
            adapter: 'asterisk',
            settings: {
              baseUrl: lab.url,
              ari: { user: lab.ari.user, password: '${secret:ari}' },
              ami: { user: lab.ami.user, password: '${secret:ami}' },
              ringSeconds: 8,
              ...settings,
            },
            limits: { concurrency: 4, requestsPerSecond: 2000, timeout: 10, ...limits },
          },
        },
        features: {
          click2call: 'pabx',
          transfer: 'pabx',
          recording: 'pabx',
          contactLoad: 'pabx',
          contactClear: 'pabx',
          dialerResults: 'pabx',
          answeredCall: 'pabx',
        },
      },
    });
    if (!response.ok) throw new Error(`the tenant was not saved: ${await response.text()}`);
  }
  await save();
  return {
    lab,
    url: () => host.url,
    ask,
    save,
    async killAndRestart() {
      await host.kill();
      host = await startHostProcess(environment, port);
    },
    async stop() {
      await host.terminate();
      await rm(environment.DATA_DIR, { recursive: true, force: true });
    },
  };
}
