// A real Asterisk on the loopback interface, for the time of one command.
//   node lab/lab.mjs run -- COMMAND…     FINAZ_LAB (JSON) is set for the command; its exit code is passed on
//   node lab/lab.mjs build               the file system alone, which is kept for the next runs
//   node lab/lab.mjs start DIR | stop DIR
//   node lab/lab.mjs restart DIR         kill -9 of the telephone system under test, and a new start
// Without root or Debian packages there can be no lab: the command says so and ends with code 75.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const notHere = 75;
/** The user that both processes run as; it exists in the lab's own file system only. */
const labUser = 10_088;
/** Where the built file system is kept between runs; a run works on a copy of its changing parts. */
const cache =
  process.env.FINAZ_LAB_CACHE ?? join(homedir(), '.cache', 'finaz-telephony', 'asterisk-lab');
const suites = ['forky', 'sid'];
/** The Debian packages of the lab; sox is for judging recordings. */
const wanted = ['asterisk', 'sox'];

class CannotBeHad extends Error {}
const say = (text) => process.stderr.write(`${text}\n`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// --- building ---------------------------------------------------------------

/** apt with sources and state of its own, so that the machine's stay as they are. */
function privateApt(folder, mirror, suite) {
  for (const part of ['lists/partial', 'archives/partial', 'etc'])
    mkdirSync(join(folder, part), { recursive: true });
  writeFileSync(join(folder, 'status'), '');
  const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
  const signed = existsSync(keyring) ? `[signed-by=${keyring}] ` : '';
  writeFileSync(join(folder, 'etc/sources.list'), `deb ${signed}${mirror} ${suite} main\n`);
  const options = {
    'Dir::Etc::SourceList': join(folder, 'etc/sources.list'),
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::Etc::Preferences': '/dev/null',
    'Dir::Etc::PreferencesParts': '/dev/null',
    'Dir::State': folder,
    'Dir::State::Lists': join(folder, 'lists'),
    'Dir::State::status': join(folder, 'status'),
    'Dir::Cache': folder,
    'Dir::Cache::archives': join(folder, 'archives'),
    'Dir::Cache::pkgcache': '',
    'Dir::Cache::srcpkgcache': '',
    'APT::Install-Recommends': 'false',
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
  };
  return Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

const quietly = (command, args, options = {}) =>
  spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, ...options });

/** The mirrors that the machine's own apt already uses. */
function mirrors() {
  const { stdout } = quietly('apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI)',
    'Created-By: Packages',
  ]);
  return [...new Set(stdout.split('\n').filter((uri) => uri !== '' && !uri.includes('security')))];
}

function resolvePackages(apt) {
  for (const suite of suites) {
    for (const mirror of mirrors()) {
      const options = privateApt(apt, mirror, suite);
      if (quietly('apt-get', [...options, 'update']).status !== 0) continue;
      const { stdout, status } = quietly('apt-get', [...options, 'install', '-s', ...wanted]);
      const names = [...stdout.matchAll(/^Inst (\S+)/gm)].map((match) => match[1]);
      if (status === 0 && names.length > 0) return { options, names, suite };
    }
  }
  throw new CannotBeHad(
    `none of the Debian suites ${suites.join(', ')} with an Asterisk can be reached`,
  );
}

function build(target) {
  const startedAt = Date.now();
  say('building the Asterisk lab from Debian packages …');
  const work = mkdtempSync(join(tmpdir(), 'finaz-lab-build-'));
  try {
    const apt = join(work, 'apt');
    const root = join(work, 'rootfs');
    const { options, names, suite } = resolvePackages(apt);
    const archives = join(apt, 'archives');
    const { status, stderr } = quietly('apt-get', [...options, 'download', ...names], {
      cwd: archives,
    });
    if (status !== 0) throw new CannotBeHad(`Debian's packages cannot be downloaded: ${stderr}`);
    mkdirSync(join(root, 'usr'), { recursive: true });
    for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
      mkdirSync(join(root, 'usr', name));
      symlinkSync(`usr/${name}`, join(root, name));
    }
    for (const file of readdirSync(archives).filter((name) => name.endsWith('.deb')))
      unpack(join(archives, file), root);
    finishRoot(root);
    const version = execFileSync('chroot', [root, '/usr/sbin/asterisk', '-V'], {
      encoding: 'utf8',
    });
    writeFileSync(join(root, 'built'), version);
    mkdirSync(join(target, '..'), { recursive: true });
    rmSync(target, { recursive: true, force: true });
    execFileSync('cp', ['-a', root, target]);
    say(
      `${version.trim()} from ${suite}, built in ${Math.round((Date.now() - startedAt) / 1000)} s`,
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function unpack(file, root) {
  const left = ['doc', 'man', 'locale', 'lintian', 'info'].map(
    (name) => `--exclude=./usr/share/${name}`,
  );
  execFileSync('sh', [
    '-c',
    'dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --keep-directory-symlink "$3" "$4" "$5" "$6" "$7"',
    'unpack',
    file,
    root,
    ...left,
  ]);
}

/** What the maintainer scripts of the packages would have done. */
function finishRoot(root) {
  for (const name of ['etc', 'tmp', 'dev', 'var/run', 'var/lib'])
    mkdirSync(join(root, name), { recursive: true });
  chmodSync(join(root, 'tmp'), 0o1777);
  const sounds = join(root, 'usr/share/asterisk/sounds/en');
  if (!existsSync(sounds)) symlinkSync('en_US_f_Allison', sounds);
  const files = {
    passwd: `root:x:0:0:root:/root:/bin/sh\nasterisk:x:${labUser}:${labUser}::/var/lib/asterisk:/usr/sbin/nologin\n`,
    group: `root:x:0:\nasterisk:x:${labUser}:\n`,
    hosts: '127.0.0.1 localhost\n',
    'nsswitch.conf': 'passwd: files\ngroup: files\nhosts: files\n',
    // No name is looked up in the lab; a query would end on the loopback interface.
    'resolv.conf': 'nameserver 127.0.0.1\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, 'etc', name), text);
  quietly('mknod', ['-m', '666', join(root, 'dev/null'), 'c', '1', '3']);
  quietly('mknod', ['-m', '666', join(root, 'dev/urandom'), 'c', '1', '9']);
}

// --- running ----------------------------------------------------------------

async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** The ports for audio, chosen by the id of this process, so that labs that run side by side do not share them. */
const soundPorts = () => 10_000 + (process.pid % 100) * 400;

function render(source, target, values) {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(source).filter((file) => file.endsWith('.conf'))) {
    const text = readFileSync(join(source, name), 'utf8').replace(/@([A-Z_]+)@/g, (written, key) =>
      String(values[key] ?? written),
    );
    writeFileSync(join(target, name), text);
  }
  // Asterisk logs an error if one of these is missing.
  for (const name of ['acl', 'ccss', 'queuerules', 'websocket_client'])
    writeFileSync(join(target, `${name}.conf`), '', { flag: 'a' });
}

function own(path) {
  execFileSync('chown', ['-R', `${labUser}:${labUser}`, path]);
}

function launch(lab, name, etc) {
  const child = spawn(
    'chroot',
    [
      lab.root,
      '/usr/sbin/asterisk',
      '-f',
      '-C',
      `${etc}/asterisk.conf`,
      '-U',
      'asterisk',
      '-G',
      'asterisk',
    ],
    {
      stdio: ['ignore', 'ignore', 'ignore'],
      detached: true,
    },
  );
  child.unref();
  writeFileSync(join(lab.folder, `${name}.pid`), String(child.pid));
  return child;
}

/** A command of Asterisk's own console. */
function pbxOrSim(lab, etc, command) {
  return quietly('chroot', [
    lab.root,
    '/usr/sbin/asterisk',
    '-C',
    `${etc}/asterisk.conf`,
    '-rx',
    command,
  ]);
}

async function waitUntilBooted(lab, name, etc, child) {
  for (let attempt = 0; attempt < 150; attempt += 1) {
    if (child.exitCode !== null) break;
    if ((pbxOrSim(lab, etc, 'core waitfullybooted').stdout ?? '').includes('fully booted')) return;
    await pause(100);
  }
  throw new Error(
    `the Asterisk "${name}" of the lab does not start; its log is in ${lab.root}/var/log/asterisk`,
  );
}

/** The folder of the built file system, which is built first if it is missing. */
function builtRoot() {
  if (process.getuid?.() !== 0) throw new CannotBeHad('the lab needs root, for chroot');
  if (!existsSync('/usr/bin/apt-get') || !existsSync('/usr/bin/dpkg-deb'))
    throw new CannotBeHad('the lab is made of Debian packages, and this is no Debian');
  const base = join(cache, wanted.join('-'));
  if (!existsSync(join(base, 'built'))) build(base);
  return base;
}

/** Prepares the folders and files of one run. */
async function prepare(folder) {
  const base = builtRoot();
  const root = join(folder, 'rootfs');
  mkdirSync(folder, { recursive: true });
  execFileSync('cp', ['-a', base, root]);
  const [http, tls, ami, sip, simSip, iax, simIax] = await freePorts(7);
  const sound = soundPorts();
  const moduleFolder = execFileSync(
    'find',
    ['usr/lib', '-maxdepth', '3', '-type', 'd', '-path', '*asterisk/modules'],
    { cwd: root, encoding: 'utf8' },
  ).trim();
  const values = {
    MODDIR: `/${moduleFolder}`,
    HTTP_PORT: http,
    TLS_PORT: tls,
    AMI_PORT: ami,
    SIP_PORT: sip,
    SIM_SIP_PORT: simSip,
    IAX_PORT: iax,
    SIM_IAX_PORT: simIax,
    RTP_START: sound,
    RTP_END: sound + 199,
    SIM_RTP_START: sound + 200,
    SIM_RTP_END: sound + 399,
  };
  render(join(here, 'pbx'), join(root, 'etc/asterisk'), values);
  render(join(here, 'sim'), join(root, 'etc/asterisk-sim'), values);
  cpSync(join(here, '../server/finaz.conf'), join(root, 'etc/asterisk/finaz.conf'));
  for (const side of ['asterisk', 'asterisk-sim']) {
    for (const kind of ['lib', 'log', 'spool', 'cache', 'run'])
      mkdirSync(join(root, 'var', kind, side), { recursive: true });
  }
  for (const name of ['recording', 'monitor', 'outgoing', 'tmp'])
    mkdirSync(join(root, 'var/spool/asterisk', name), { recursive: true });
  for (const name of ['cdr-csv', 'cdr-custom'])
    mkdirSync(join(root, 'var/log/asterisk', name), { recursive: true });
  mkdirSync(join(root, 'var/lib/asterisk/moh'), { recursive: true });
  certificate(root);
  for (const side of ['asterisk', 'asterisk-sim']) {
    own(join(root, 'etc', side));
    for (const kind of ['lib', 'log', 'spool', 'cache', 'run']) own(join(root, 'var', kind, side));
  }
  return { folder, root, http, tls };
}

function certificate(root) {
  const keys = join(root, 'etc/asterisk/keys');
  mkdirSync(keys, { recursive: true });
  const made = quietly('openssl', [
    'req',
    '-new',
    '-x509',
    '-days',
    '30',
    '-nodes',
    '-newkey',
    'rsa:2048',
    '-subj',
    '/CN=localhost',
    '-addext',
    'subjectAltName=DNS:localhost,IP:127.0.0.1',
    '-out',
    join(keys, 'http.pem'),
    '-keyout',
    join(keys, 'http.key'),
  ]);
  if (made.status === 0) return;
  const file = join(root, 'etc/asterisk/http.conf');
  writeFileSync(file, readFileSync(file, 'utf8').replace('tlsenable = yes', 'tlsenable = no'));
}

export async function startLab(folder) {
  const lab = await prepare(folder);
  const sim = launch(lab, 'sim', '/etc/asterisk-sim');
  const pbx = launch(lab, 'pbx', '/etc/asterisk');
  await waitUntilBooted(lab, 'sim', '/etc/asterisk-sim', sim);
  await waitUntilBooted(lab, 'pbx', '/etc/asterisk', pbx);
  const told = {
    url: `http://127.0.0.1:${lab.http}`,
    tlsUrl: `https://127.0.0.1:${lab.tls}`,
    ari: { user: 'crm', password: 'lab-ari-secret' },
    ami: { user: 'crm', password: 'lab-ami-secret' },
    readOnly: { user: 'leitura', password: 'lab-ari-readonly' },
    weak: { user: 'fraco', password: 'lab-ami-weak' },
    root: lab.root,
    folder,
  };
  writeFileSync(join(folder, 'lab.json'), JSON.stringify(told));
  return told;
}

/** Whether a process belongs to this lab. A process with another root was only given the same id. */
function isOurs(folder, pid) {
  try {
    return readlinkSync(`/proc/${pid}/root`) === realpathSync(join(folder, 'rootfs'));
  } catch {
    return false;
  }
}

/** Ends a process of this lab by its id. */
async function end(folder, name) {
  const file = join(folder, `${name}.pid`);
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8'));
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    if (!isOurs(folder, pid)) break;
    process.kill(pid, signal);
    for (let attempt = 0; attempt < 40 && isOurs(folder, pid); attempt += 1) await pause(100);
  }
  rmSync(file, { force: true });
}

export async function stopLab(folder) {
  await end(folder, 'pbx');
  await end(folder, 'sim');
}

/** Ends the telephone system at once and starts it again, as a power failure would. */
async function restartPbx(folder) {
  const { root } = JSON.parse(readFileSync(join(folder, 'lab.json'), 'utf8'));
  const pid = Number(readFileSync(join(folder, 'pbx.pid'), 'utf8'));
  if (isOurs(folder, pid)) process.kill(pid, 'SIGKILL');
  while (isOurs(folder, pid)) await pause(50);
  rmSync(join(root, 'var/run/asterisk/asterisk.pid'), { force: true });
  rmSync(join(root, 'var/run/asterisk/asterisk.ctl'), { force: true });
  const lab = { folder, root };
  await waitUntilBooted(lab, 'pbx', '/etc/asterisk', launch(lab, 'pbx', '/etc/asterisk'));
}

async function run(command) {
  const folder = mkdtempSync(join(tmpdir(), 'finaz-lab-'));
  try {
    const told = await startLab(folder);
    const [program, ...args] = command;
    const child = spawn(program, args, {
      stdio: 'inherit',
      env: { ...process.env, FINAZ_LAB: JSON.stringify(told) },
    });
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
    return await new Promise((resolve) => {
      child.once('error', () => resolve(127));
      child.once('exit', (code) => resolve(code ?? 1));
    });
  } finally {
    await stopLab(folder);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main([action, ...rest]) {
  try {
    if (action === 'run' && rest[0] === '--') process.exitCode = await run(rest.slice(1));
    else if (action === 'start' && rest[0]) say(JSON.stringify(await startLab(rest[0])));
    else if (action === 'stop' && rest[0]) await stopLab(rest[0]);
    else if (action === 'build') builtRoot();
    else if (action === 'restart' && rest[0]) await restartPbx(rest[0]);
    else {
      say('usage: node lab/lab.mjs run -- COMMAND… | build | start DIR | stop DIR | restart DIR');
      process.exitCode = 2;
    }
  } catch (error) {
    if (!(error instanceof CannotBeHad)) throw error;
    say(`The Asterisk lab cannot be had here: ${error.message}.`);
    process.exitCode = notHere;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
