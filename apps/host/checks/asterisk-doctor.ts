// Does what an administrator would: writes the files of "asterisk setup" into a running Asterisk, runs the doctor with each thing broken in turn, and undoes
// everything.
//   node adapters/asterisk/lab/lab.mjs run -- node apps/host/checks/asterisk-doctor.ts
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { labHere, pbxConsole } from './asterisk-host.ts';
import { freePort, startHostProcess } from './host-process.ts';
import { adminKey } from './tenant.ts';

const lab = labHere();
const rootfs = lab.root;
const etc = join(rootfs, 'etc/asterisk');
const recordings = join(rootfs, 'var/spool/asterisk/recording');
const command = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'finaz-doctor-'));
const port = await freePort();
const hostEnvironment = {
  DATA_DIR: join(folder, 'data'),
  EGRESS_ALLOW: '127.0.0.0/8',
  ADMIN_KEY: adminKey,
};

function demand(condition: boolean, complaint: string): asserts condition {
  if (!condition) throw new Error(complaint);
}

const documentFile = join(folder, 'tenant.yaml');
/** With TLS if the lab has it: without openssl on the machine, the lab has no certificate. */
const certificateFile = join(etc, 'keys/http.pem');
const hasTls = existsSync(certificateFile);
const document = (queues: string, baseUrl = lab.url, trust?: string) => `id: '1042'
name: Cobranca Sul
inbound: { allowFrom: [127.0.0.1/32], token: '\${secret:eventToken}' }
connections:
  pabx:
    adapter: asterisk
    settings:
      baseUrl: ${baseUrl}
      ari: { password: '\${secret:ariPassword}' }
      ami: { password: '\${secret:amiPassword}' }
      queues: [${queues}]${trust === undefined ? '' : `\n    tls: { trust: ${JSON.stringify(trust)} }`}
features: { answeredCall: pabx, click2call: pabx, transfer: pabx, recording: pabx }
`;

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const EndedSchema = v.object({ status: v.number(), stdout: v.string(), stderr: v.string() });

function finaz(...args: string[]): Ended {
  try {
    const out = execFileSync(process.execPath, [command, ...args], {
      env: { ...process.env, ...hostEnvironment },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 120_000,
    });
    return { code: 0, out, err: '' };
  } catch (error) {
    const ended = v.parse(EndedSchema, error);
    return { code: ended.status, out: ended.stdout, err: ended.stderr };
  }
}

const asterisk = (line: string) => pbxConsole(lab, line);

const reloads = {
  http: 'module reload http',
  ari: 'module reload res_ari.so',
  manager: 'manager reload',
  dialplan: 'dialplan reload',
  pjsip: 'module reload res_pjsip.so',
  queues: 'queue reload all',
} as const;

/** Changes one file of the server. @returns undoes the change */
function edit(name: string, from: RegExp, to: string, reload: keyof typeof reloads): () => void {
  const path = join(etc, name);
  const before = readFileSync(path, 'utf8');
  demand(from.test(before), `${name} holds nothing like ${from.source}`);
  writeFileSync(path, before.replace(from, to));
  asterisk(reloads[reload]);
  return () => {
    writeFileSync(path, before);
    asterisk(reloads[reload]);
  };
}

function snapshot(): ReadonlyMap<string, string> {
  return new Map(
    readdirSync(etc, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => [name, readFileSync(join(etc, name), 'utf8')]),
  );
}

const FindingSchema = v.object({
  check: v.string(),
  state: v.string(),
  message: v.string(),
  mend: v.optional(v.string()),
});

function doctor() {
  const { code, out, err } = finaz('asterisk', 'doctor', '--document', documentFile, '--json');
  demand(code === 0 || code === 1, `the doctor ended with ${code}: ${err}`);
  const findings = out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => v.parse(FindingSchema, JSON.parse(line)));
  return { code, wrong: findings.filter(({ state }) => state !== 'ok'), findings };
}

const owner = statSync(join(etc, 'asterisk.conf'));
function writeServer(hostUrl: string): void {
  const { code, err } = finaz(
    'asterisk',
    'setup',
    '--document',
    documentFile,
    '--generate-secrets',
    '--host-url',
    hostUrl,
    '--write',
    etc,
    '--include',
  );
  demand(code === 0, `setup ended with ${code}: ${err}`);
  for (const name of readdirSync(etc).filter((file) => file.startsWith('finaz-')))
    chownSync(join(etc, name), owner.uid, owner.gid);
  for (const line of Object.values(reloads)) asterisk(line);
}

interface Breakage {
  readonly name: string;
  readonly check: string;
  readonly exit: 0 | 1;
  readonly says: RegExp;
  readonly break: () => () => void;
}

function untrusted(): Breakage {
  return {
    name: 'a certificate of its own that the connection does not trust',
    check: 'http',
    exit: 1,
    says: /cannot prove who it is.*connections\.pabx\.tls\.trust/s,
    break: () => {
      writeFileSync(documentFile, document("'100'", lab.tlsUrl));
      return () => writeFileSync(documentFile, document("'100'"));
    },
  };
}

const hostUrl = `http://127.0.0.1:${port}`;
const finazAri = 'finaz-ari.conf';
const finazManager = 'finaz-manager.conf';
const breakages: readonly Breakage[] = [
  ...(hasTls ? [untrusted()] : []),
  {
    name: 'wrong password of ARI',
    check: 'ari-credentials',
    exit: 1,
    says: /ari.conf/,
    break: () => edit(finazAri, /^password = .*$/m, 'password = another', 'ari'),
  },
  {
    name: 'ARI user that may only read',
    check: 'ari-rights',
    exit: 1,
    says: /read_only = no/,
    break: () => edit(finazAri, /read_only = no/, 'read_only = yes', 'ari'),
  },
  {
    name: 'ARI open to another address only',
    check: 'ari-credentials',
    exit: 1,
    says: /permit/,
    break: () => edit(finazAri, /^permit = .*$/m, 'permit = 203.0.113.7/32', 'ari'),
  },
  {
    name: 'wrong password of AMI',
    check: 'ami-credentials',
    exit: 1,
    says: /manager.conf/,
    break: () => edit(finazManager, /^secret = .*$/m, 'secret = another', 'manager'),
  },
  {
    name: 'AMI open to another address only',
    check: 'ami-credentials',
    exit: 1,
    says: /permit/,
    break: () => edit(finazManager, /^permit = .*$/m, 'permit = 203.0.113.7/32', 'manager'),
  },
  {
    name: 'AMI not offered over HTTP',
    check: 'ami',
    exit: 1,
    says: /webenabled = yes/,
    break: () => edit(finazManager, /^webenabled = yes$/m, 'webenabled = no', 'manager'),
  },
  {
    name: 'missing right',
    check: 'ami-rights',
    exit: 1,
    says: /lacks the right system/,
    break: () => edit(finazManager, /^write = .*$/m, 'write = call,originate,agent', 'manager'),
  },
  {
    name: 'right too many',
    check: 'ami-rights',
    exit: 0,
    says: /more than it needs: command/,
    break: () =>
      edit(finazManager, /^write = .*$/m, 'write = call,originate,system,agent,command', 'manager'),
  },
  {
    name: 'module unloaded',
    check: 'modules',
    exit: 1,
    says: /app_mixmonitor.so/,
    break: () => {
      asterisk('module unload app_mixmonitor.so');
      return () => void asterisk('module load app_mixmonitor.so');
    },
  },
  {
    name: 'database that cannot be written to the disk',
    check: 'astdb',
    exit: 1,
    says: /does not give back.*df -h/s,
    break: () => {
      // Holds a read lock, as a backup of the database does.
      const file = new DatabaseSync(join(rootfs, 'var/lib/asterisk/astdb.sqlite3'), {
        readOnly: true,
      });
      file.exec('BEGIN');
      file.prepare('SELECT count(*) FROM astdb').get();
      return () => file.close();
    },
  },
  {
    name: 'context missing',
    check: 'contexts',
    exit: 1,
    says: /no context \[finaz-click2call\]/,
    break: () => {
      asterisk('dialplan remove context finaz-click2call');
      return () => void asterisk(reloads.dialplan);
    },
  },
  {
    name: 'old version of the dialplan',
    check: 'dialplan-version',
    exit: 1,
    says: /finaz-extensions.conf/,
    break: () =>
      edit(
        'finaz-extensions.conf',
        /(\[finaz-versao\]\nexten => )\w+/,
        '$1aabbccddeeff',
        'dialplan',
      ),
  },
  {
    name: 'queue missing',
    check: 'queue',
    exit: 1,
    says: /no queue 100/,
    break: () => edit('queues.conf', /^\[100\]/m, '[101]', 'queues'),
  },
  {
    name: 'phone offline',
    check: 'phones',
    exit: 0,
    says: /phone 1004 is not registered/,
    break: () => {
      asterisk('queue add member PJSIP/1004 to 100');
      return () => void asterisk('queue remove member PJSIP/1004 from 100');
    },
  },
  {
    name: 'trunk missing',
    check: 'trunk',
    exit: 1,
    says: /endpoint outro, which is not there.*\[outro\]/,
    break: () =>
      edit(
        'finaz-extensions.conf',
        /^FINAZ_TRONCO = .*$/m,
        'FINAZ_TRONCO = PJSIP/%@outro',
        'dialplan',
      ),
  },
  {
    name: 'trunk by a context that is not there',
    check: 'trunk',
    exit: 1,
    says: /context \[from-internal\], which takes no number/,
    break: () =>
      edit(
        'finaz-extensions.conf',
        /^FINAZ_TRONCO = .*$/m,
        'FINAZ_TRONCO = Local/%@from-internal',
        'dialplan',
      ),
  },
  {
    name: 'recording folder missing',
    check: 'recording',
    exit: 1,
    says: /install -d -o asterisk/,
    break: () => {
      renameSync(recordings, `${recordings}.away`);
      // A file takes the folder's place, because Asterisk creates a missing folder itself if it may.
      writeFileSync(recordings, '');
      return () => {
        rmSync(recordings);
        renameSync(`${recordings}.away`, recordings);
      };
    },
  },
  {
    name: 'recordings in a folder that the REST interface does not serve',
    check: 'recording',
    exit: 1,
    says: /FINAZ_GRAVACOES/,
    break: () => {
      asterisk('dialplan set global FINAZ_GRAVACOES /var/spool/asterisk/monitor');
      return () => void asterisk('dialplan set global FINAZ_GRAVACOES ""');
    },
  },
  {
    name: 'hours that Asterisk does not understand',
    check: 'hours',
    exit: 1,
    says: /understand the hours in FINAZ_HORARIO.*08:00-20:00,mon-fri/s,
    break: () => {
      asterisk('dialplan set global FINAZ_HORARIO 8h-20h,seg-sex,*,*');
      return () => void asterisk('dialplan set global FINAZ_HORARIO 00:00-23:59,mon-sun,*,*,UTC');
    },
  },
  {
    name: 'operators rung by a context that is not there',
    check: 'operator-channel',
    exit: 1,
    says: /context \[from-internal\], which is not there.*operatorChannel/s,
    break: () => {
      const sound = readFileSync(documentFile, 'utf8');
      writeFileSync(
        documentFile,
        sound.replace(
          '      queues:',
          '      operatorChannel: Local/%@from-internal\n      queues:',
        ),
      );
      return () => writeFileSync(documentFile, sound);
    },
  },
  {
    name: 'event address wrong',
    check: 'event',
    exit: 1,
    says: /cannot reach http:\/\/127.0.0.1:9/,
    break: () =>
      edit(
        'finaz-extensions.conf',
        /^FINAZ_HOST = .*$/m,
        'FINAZ_HOST = http://127.0.0.1:9',
        'dialplan',
      ),
  },
  {
    name: 'event token wrong',
    check: 'event',
    exit: 1,
    says: /events are refused/,
    break: () =>
      edit('finaz-extensions.conf', /^FINAZ_TOKEN = .*$/m, 'FINAZ_TOKEN = another', 'dialplan'),
  },
  {
    name: 'http disabled',
    check: 'http',
    exit: 1,
    says: /http.conf, \[general\]: "enabled = yes"/,
    break: () => edit('finaz-http.conf', /^enabled = yes$/m, 'enabled = no', 'http'),
  },
];

// The modes of Debian: only Asterisk and root can read the configuration.
for (const name of readdirSync(etc).filter((file) => file.endsWith('.conf')))
  chmodSync(join(etc, name), 0o640);
const before = snapshot();
writeFileSync(documentFile, document("'100'"));
try {
  writeServer(hostUrl);
  const applied = finaz('apply', documentFile);
  demand(applied.code === 0, `apply ended with ${applied.code}: ${applied.err}`);
  const host = await startHostProcess(
    { ...hostEnvironment, LOG_LEVEL: 'fatal', DRAIN_SECONDS: '0' },
    port,
  );
  try {
    const sound = doctor();
    demand(
      sound.code === 0 && sound.wrong.length === 0,
      `on a sound server it found ${JSON.stringify(sound.wrong)}`,
    );
    console.log(`ok  a sound server: ${sound.findings.length} things looked at, nothing found`);
    if (hasTls) {
      const trust = readFileSync(certificateFile, 'utf8');
      writeFileSync(documentFile, document("'100'", lab.tlsUrl, trust));
      const { code, wrong } = doctor();
      writeFileSync(documentFile, document("'100'"));
      demand(code === 0 && wrong.length === 0, `by TLS it found ${JSON.stringify(wrong)}`);
      console.log('ok  the same by TLS, with the certificate that the server has made for itself');
    }
    for (const breakage of breakages) {
      const undo = breakage.break();
      const { code, wrong } = doctor();
      undo();
      const told = wrong.map(({ message, mend }) => `${message} ${mend}`).join('\n');
      demand(wrong.length > 0, `${breakage.name}: nothing was found`);
      demand(
        wrong.every(({ check }) => check === breakage.check),
        `${breakage.name}: something else was named: ${told}`,
      );
      demand(code === breakage.exit, `${breakage.name}: exit code ${code}`);
      demand(breakage.says.test(told), `${breakage.name}: ${breakage.says.source} not in ${told}`);
      console.log(`ok  ${breakage.name}: ${wrong[0]?.message}`);
    }
    const answer = await fetch(`${hostUrl}/v1/tenants/1042/connections/pabx/doctor`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminKey}` },
    });
    const body = v.parse(
      v.object({ ok: v.boolean(), findings: v.array(FindingSchema) }),
      await answer.json(),
    );
    demand(body.ok, `after all was mended, the API found ${JSON.stringify(body.findings)}`);
    console.log('ok  the same by the API, all mended');
  } finally {
    await host.terminate();
  }
  const again = finaz(
    'asterisk',
    'setup',
    '--document',
    documentFile,
    '--host-url',
    hostUrl,
    '--write',
    etc,
    '--include',
  );
  demand(again.code === 0, again.err);
} finally {
  const undone = finaz('asterisk', 'setup', '--document', documentFile, '--undo', etc);
  for (const line of Object.values(reloads)) asterisk(line);
  rmSync(folder, { recursive: true, force: true });
  demand(undone.code === 0, `undo ended with ${undone.code}: ${undone.err}`);
}
const after = snapshot();
for (const name of new Set([...before.keys(), ...after.keys()]))
  demand(before.get(name) === after.get(name), `${name} is not as it was before the setup`);
console.log('ok  undone: every file of the server is as it was');
