// Runs a command against a throw-away PostgreSQL on the loopback interface, and takes it away afterwards.
//   node scripts/postgres.mjs run -- COMMAND…     DATABASE_URL is set for the command; its exit code is passed on
//   node scripts/postgres.mjs start DIR           prints the URL
//   node scripts/postgres.mjs stop DIR
//   node scripts/postgres.mjs crash DIR           ends it as a crash does, every connection at once
//   node scripts/postgres.mjs again DIR           starts what was stopped or crashed, on the same port
// The first PostgreSQL on the PATH is used, so PATH=/opt/postgresql-18/bin:$PATH selects another version; otherwise one that the system has elsewhere.
// Without any, it is installed from Debian's packages if this is Debian and the user is root; otherwise the exit code is 75.
import { spawn, spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import process from 'node:process';

const notHere = 75;
const isRoot = process.getuid?.() === 0;

function findBinaries() {
  const debian = existsSync('/usr/lib/postgresql')
    ? readdirSync('/usr/lib/postgresql')
        .toSorted((a, b) => Number(b) - Number(a))
        .map((version) => `/usr/lib/postgresql/${version}/bin`)
    : [];
  const folders = [
    ...(process.env.PATH ?? '').split(delimiter),
    ...debian,
    '/usr/local/pgsql/bin',
    '/opt/homebrew/bin',
  ];
  return folders.find((folder) => {
    if (!existsSync(join(folder, 'initdb')) || !existsSync(join(folder, 'postgres'))) return false;
    const version = /(\d+)(?:\.\d+)*/.exec(
      spawnSync(join(folder, 'postgres'), ['--version'], { encoding: 'utf8' }).stdout ?? '',
    );
    return Number(version?.[1] ?? 0) >= 15;
  });
}

function install() {
  if (!isRoot || !existsSync('/usr/bin/apt-get')) return;
  process.stderr.write(
    'PostgreSQL is not here; installing it from the packages of this system …\n',
  );
  // Only the programs are wanted, so the package must not create a cluster.
  mkdirSync('/etc/postgresql-common', { recursive: true });
  writeFileSync('/etc/postgresql-common/createcluster.conf', 'create_main_cluster = false\n', {
    flag: 'a',
  });
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  spawnSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 2, 2], env: environment });
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'postgresql'], {
    stdio: ['ignore', 2, 2],
    env: environment,
  });
}

/** The user to run as if we are root, because PostgreSQL refuses to run as root. */
function unprivileged() {
  if (!isRoot) return undefined;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const user =
    users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  if (!user) throw new Error('there is no user "postgres" or "nobody" to run PostgreSQL as');
  return { uid: Number(user[2]), gid: Number(user[3]) };
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function binariesOrEnd() {
  let binaries = findBinaries();
  if (!binaries) {
    install();
    binaries = findBinaries();
  }
  if (!binaries) {
    process.stderr.write(
      'No PostgreSQL 15 or later here. Install it (Debian: apt-get install postgresql), or set DATABASE_URL and run the command itself.\n',
    );
    process.exit(notHere);
  }
  return binaries;
}

const optionsIn = (directory) => ({
  ...unprivileged(),
  env: { ...process.env, LC_ALL: 'C', HOME: directory },
  cwd: directory,
});

async function startCluster(directory) {
  const binaries = binariesOrEnd();
  const options = optionsIn(directory);
  const data = join(directory, 'data');
  mkdirSync(data, { recursive: true });
  if (options.uid !== undefined)
    for (const folder of [directory, data]) chownSync(folder, options.uid, options.gid);
  const made = spawnSync(
    join(binaries, 'initdb'),
    ['-D', data, '-U', 'finaz', '--auth=trust', '--encoding=UTF8', '--locale=C'],
    { ...options, encoding: 'utf8' },
  );
  if (made.status !== 0)
    throw new Error(`initdb failed:\n${made.stdout ?? ''}${made.stderr ?? made.error}`);
  const port = await freePort();
  writeFileSync(join(directory, 'port'), String(port));
  const server = await startServer(directory, port);
  return { server, url: `postgres://finaz@127.0.0.1:${port}/postgres` };
}

async function startServer(directory, port) {
  // fsync stays on, because tests that kill processes check what is durable.
  const settings = [
    '-c',
    'listen_addresses=127.0.0.1',
    '-c',
    `port=${port}`,
    '-c',
    `unix_socket_directories=${directory}`,
    '-c',
    'max_connections=200',
    '-c',
    'log_min_messages=warning',
  ];
  const server = spawn(
    join(binariesOrEnd(), 'postgres'),
    ['-D', join(directory, 'data'), ...settings],
    { ...optionsIn(directory), stdio: ['ignore', 'ignore', 'pipe'], detached: true },
  );
  let errors = '';
  server.stderr.on('data', (chunk) => {
    errors = (errors + chunk).slice(-4000);
  });
  await waitUntilReady(port, server, () => errors);
  writeFileSync(join(directory, 'pid'), String(server.pid));
  server.stderr.unref?.();
  server.unref();
  return server;
}

async function waitUntilReady(port, server, errors) {
  const { connect } = await import('node:net');
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (server.exitCode !== null) throw new Error(`postgres ended:\n${errors()}`);
    const isOpen = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (isOpen && !/starting up/.test(errors().slice(-80))) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`postgres does not answer:\n${errors()}`);
}

async function stopServer(pid, signal = 'SIGINT') {
  try {
    process.kill(pid, signal);
  } catch {
    return;
  }
  for (let attempt = 0; attempt < 100; attempt += 1) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  process.kill(pid, 'SIGKILL');
}

/** A number that the start wrote into the folder of a PostgreSQL. */
function told(directory, name) {
  const file = join(directory, name);
  if (existsSync(file)) return Number(readFileSync(file, 'utf8'));
  process.stderr.write(`${directory}: no PostgreSQL was started here; begin with start\n`);
  process.exit(2);
}

const [action, ...rest] = process.argv.slice(2);
if (action === 'run' && rest[0] === '--' && rest.length > 1) {
  const directory = mkdtempSync(join(tmpdir(), 'finaz-postgres-'));
  const { server, url } = await startCluster(directory);
  const [command, ...args] = rest.slice(1);
  const child = spawn(command, args, {
    stdio: 'inherit',
    env: { ...process.env, DATABASE_URL: url },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`${command}: ${error.message}\n`);
      resolve(127);
    });
    child.once('exit', (status, signal) => resolve(status ?? (signal ? 1 : 0)));
  });
  await stopServer(server.pid);
  rmSync(directory, { recursive: true, force: true });
  process.exit(code);
} else if (action === 'start' && rest.length === 1) {
  const { url } = await startCluster(rest[0]);
  process.stdout.write(`${url}\n`);
  process.exit(0);
} else if (action === 'stop' && rest.length === 1) {
  await stopServer(told(rest[0], 'pid'));
} else if (action === 'crash' && rest.length === 1) {
  await stopServer(told(rest[0], 'pid'), 'SIGQUIT');
} else if (action === 'again' && rest.length === 1) {
  await startServer(rest[0], told(rest[0], 'port'));
  process.exit(0);
} else {
  process.stderr.write(
    'usage: node scripts/postgres.mjs run -- COMMAND… | start DIR | stop DIR | crash DIR | again DIR\n',
  );
  process.exit(2);
}
