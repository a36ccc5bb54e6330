import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A store that can be made to fail, and the environment variables of a host that uses it. */
export interface Trouble {
  readonly environment: Readonly<Record<string, string>>;
  /** Makes the store fail; resolves with a function that brings it back. */
  readonly strike: () => Promise<() => Promise<void>>;
  readonly end: () => Promise<void>;
}

const postgresProgram = fileURLToPath(new URL('../../../scripts/postgres.mjs', import.meta.url));
const postgres = (action: string, folder: string) =>
  execFileSync(process.execPath, [postgresProgram, action, folder], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();

/** SQLite on a small file system that is filled to the last block; `undefined` if none can be mounted. */
async function disk(): Promise<Trouble | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'finaz-full-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'tmpfs', folder]);
  if (mounted.status !== 0) {
    console.log(
      `disk: skipped, for no small file system can be mounted here: ${String(mounted.stderr ?? mounted.error).trim()}`,
    );
    await rm(folder, { recursive: true, force: true });
    return undefined;
  }
  return {
    environment: { DATA_DIR: folder },
    async strike() {
      const ballast = join(folder, 'ballast');
      const file = openSync(ballast, 'w');
      const block = Buffer.alloc(4096, 1);
      try {
        for (;;) writeSync(file, block);
      } catch {
        console.log(`disk full: ${statfsSync(folder).bfree} blocks left`);
      }
      closeSync(file);
      return async () => rmSync(ballast);
    },
    async end() {
      spawnSync('umount', ['-l', folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A trouble of a PostgreSQL server that is started for this check. */
async function withServer(
  strike: (folder: string) => Promise<() => Promise<void>>,
): Promise<Trouble> {
  const folder = await mkdtemp(join(tmpdir(), 'finaz-trouble-'));
  const dataDir = await mkdtemp(join(tmpdir(), 'finaz-away-'));
  const url = postgres('start', folder);
  return {
    environment: { DATABASE_URL: url, DATA_DIR: dataDir },
    strike: () => strike(folder),
    async end() {
      postgres('stop', folder);
      await rm(folder, { recursive: true, force: true });
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Freezes the server's processes: connections stay open, the kernel accepts new ones, and nobody answers. */
const hang = () =>
  withServer(async (folder) => {
    const server = readFileSync(join(folder, 'pid'), 'utf8').trim();
    const stopped = new Set<number>();
    const stop = (pid: string) => {
      try {
        process.kill(Number(pid), 'SIGSTOP');
        stopped.add(Number(pid));
      } catch {
        // The process has ended by itself.
      }
    };
    stop(server);
    const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', server], { encoding: 'utf8' });
    for (const pid of stdout.split('\n').filter((line) => line.trim() !== '')) stop(pid);
    return async () => {
      for (const pid of stopped) process.kill(pid, 'SIGCONT');
    };
  });

/** Crashes the server and starts it again. */
const restart = () =>
  withServer(async (folder) => {
    postgres('crash', folder);
    return async () => void postgres('again', folder);
  });

/** Shuts a proxy in front of the server: every connection breaks, and no new one is possible. */
async function away(): Promise<Trouble> {
  const server = await withServer(async () => async () => undefined);
  const behind = new URL(server.environment['DATABASE_URL'] ?? '');
  const sockets = new Set<Socket>();
  let isShut = false;
  const door = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    if (isShut) {
      socket.destroy();
      return;
    }
    const upstream = connect(Number(behind.port), behind.hostname);
    for (const each of [socket, upstream]) {
      sockets.add(each);
      each.on('error', () => each.destroy());
      each.on('close', () => sockets.delete(each));
    }
    upstream.on('close', () => socket.destroy());
    socket.on('close', () => upstream.destroy());
    socket.pipe(upstream).pipe(socket);
  });
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  const address = door.address();
  const through = new URL(behind);
  if (typeof address === 'object' && address !== null) through.port = String(address.port);
  const shut = () => {
    isShut = true;
    for (const socket of sockets) socket.destroy();
  };
  return {
    environment: { ...server.environment, DATABASE_URL: through.href },
    async strike() {
      shut();
      return async () => {
        isShut = false;
      };
    },
    async end() {
      door.close();
      shut();
      await server.end();
    },
  };
}

/**
 * `disk`: full, with SQLite; needs root, for a small tmpfs. The others start a PostgreSQL of their own: `away`, where connections break and no new one is accepted;
 * `hang`, where its processes are frozen and connections stay open; `restart`, where it crashes and is started again.
 */
export const troubles: Readonly<Record<string, () => Promise<Trouble | undefined>>> = {
  disk,
  away,
  hang,
  restart,
};
