// The store goes away in the middle of a load, and comes back: a PostgreSQL that breaks all its connections and takes none for a while, or a disk that is full.
// Nothing acknowledged is lost, new work is refused with a clear 503, and the load goes on by itself.
//   node checks/mailing-store-away.ts [--contacts N] [--away SECONDS]     a full disk under SQLite (needs root, for a small tmpfs); with DATABASE_URL, the database away
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createTestDatabase } from '../test/support/test-database.ts';
import { freePort, startHostProcess, type HostProcess } from './host-process.ts';
import {
  contactsIn,
  readMailing,
  saveMailingTenant,
  sendMailing,
  startVendor,
  type VendorProcess,
} from './mailing-tenant.ts';
import { adminKey } from './tenant.ts';

const { values } = parseArgs({
  options: {
    contacts: { type: 'string', default: '40000' },
    away: { type: 'string', default: '60' },
  },
});
const contacts = Number(values.contacts);
const awayMs = Number(values.away) * 1000;
const concurrency = 32;
let failed = false;

interface Trouble {
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Takes the store away; resolves with the way to bring it back. */
  readonly strike: () => Promise<() => Promise<void>>;
  readonly lastsMs: number;
}

const post = (hostUrl: string) =>
  fetch(`${hostUrl}/v1/tenants/1042/mailings?queue=8`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${adminKey}`, 'Content-Type': 'application/x-ndjson' },
    body: '{"contactId":"late","name":"Maria","phones":[{"areaCode":"41","number":"999998888"}]}\n',
    signal: AbortSignal.timeout(30_000),
  }).then(
    async (response) => ({ status: response.status, body: await response.text() }),
    (error: unknown) => ({ status: 0, body: String(error) }),
  );

async function check(trouble: Trouble): Promise<void> {
  const vendor: VendorProcess = await startVendor(20);
  const host: HostProcess = await startHostProcess(
    {
      ADMIN_KEY: adminKey,
      MASTER_KEY: randomBytes(32).toString('base64'),
      EGRESS_ALLOW: '127.0.0.0/8',
      ...trouble.environment,
    },
    await freePort(),
  );
  await saveMailingTenant(host.url, vendor.url, 'plain', concurrency);
  const mailingId = await sendMailing(host.url, '7', contacts);
  await until(async () => (await vendor.read('7')).counts.size > contacts / 20);
  const repair = await trouble.strike();
  const endsAt = performance.now() + trouble.lastsMs;
  const refusals: { status: number; body: string }[] = [];
  do {
    refusals.push(await post(host.url));
    await pause(500);
  } while (performance.now() < endsAt);
  const had = (await vendor.read('7')).counts.size;
  await repair();
  await until(async () => {
    const mailing = await readMailing(host.url, mailingId);
    return mailing?.state === 'active' || mailing?.state === 'stopped';
  });
  const mailing = await readMailing(host.url, mailingId);
  const doubts = await contactsIn(host.url, mailingId, 'in_doubt');
  const { counts } = await vendor.read('7');
  const ids = Array.from({ length: contacts }, (_, index) => `c-${index + 1}`);
  const silent = ids.filter((id) => !counts.has(id) && !doubts.has(id));
  const twice = ids.filter((id) => (counts.get(id) ?? 0) > 1);
  const statuses = [...new Set(refusals.map(({ status }) => status))];
  const after = await post(host.url);
  console.log(
    `${trouble.name}: at ${had} of ${contacts} when it came back; answers meanwhile ${statuses.join(', ')}, after it ${after.status}; state ${mailing?.state}, sent ${mailing?.sent}, in doubt ${doubts.size}; missing in silence ${silent.length}, doubled ${twice.length}`,
  );
  const isRight =
    mailing?.state === 'active' &&
    silent.length === 0 &&
    twice.length === 0 &&
    doubts.size <= concurrency &&
    statuses.every((status) => status === 503 || status === 202) &&
    after.status === 202;
  if (!isRight) {
    failed = true;
    console.error('FAILED', mailing?.error, refusals.at(-1), silent.slice(0, 5), twice.slice(0, 5));
    console.error(host.output().slice(-2500));
  }
  await host.terminate();
  vendor.child.kill();
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5 * 60_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('not within five minutes');
    await pause(200);
  }
}

async function withFullDisk(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'finaz-full-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'tmpfs', folder]);
  if (mounted.status !== 0) {
    console.log(
      `full disk: skipped, for no small file system can be mounted here: ${String(mounted.stderr ?? mounted.error).trim()}`,
    );
    await rm(folder, { recursive: true, force: true });
    return;
  }
  try {
    await check({
      name: 'disk full',
      environment: { DATA_DIR: folder },
      lastsMs: Math.min(awayMs, 10_000),
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
    });
  } finally {
    spawnSync('umount', ['-l', folder]);
    await rm(folder, { recursive: true, force: true });
  }
}

/** A PostgreSQL behind a door that can be shut: then every connection breaks and none is to be had. */
async function withDatabase(): Promise<void> {
  const server = process.env['DATABASE_URL'];
  if (server === undefined) {
    console.log(
      'database away: skipped, for DATABASE_URL is not set ("npm run test:postgres" sets it)',
    );
    return;
  }
  const database = await createTestDatabase();
  const behind = new URL(database.environment['DATABASE_URL'] ?? server);
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
  const port = await freePort();
  door.listen(port, '127.0.0.1');
  await once(door, 'listening');
  const through = new URL(behind);
  through.port = String(port);
  const folder = await mkdtemp(join(tmpdir(), 'finaz-away-'));
  const strike = async () => {
    isShut = true;
    for (const socket of sockets) socket.destroy();
    return async () => {
      isShut = false;
    };
  };
  const environment = { DATABASE_URL: through.href, DATA_DIR: folder };
  try {
    await check({
      name: `database away for ${awayMs / 1000} s`,
      environment,
      strike,
      lastsMs: awayMs,
    });
  } finally {
    door.close();
    for (const socket of sockets) socket.destroy();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  }
}

await (process.env['DATABASE_URL'] === undefined ? withFullDisk() : withDatabase());
process.exit(failed ? 1 : 0);
