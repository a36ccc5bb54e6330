import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const children = new Set<ChildProcess>();
const folders: string[] = [];

const masterKey = randomBytes(32).toString('base64');
export const adminKey = 'ft_admin_key_of_the_bench_0123456789';

function keep(child: ChildProcess): ChildProcess {
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** Starts one of `baselines.ts`; resolves with its address. */
export async function startBaseline(
  name: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<string> {
  const child = keep(
    spawn(process.execPath, [here('./baselines.ts'), name], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    }),
  );
  const [port]: unknown[] = child.stdout ? await once(child.stdout, 'data') : [];
  return `http://127.0.0.1:${String(port).trim()}`;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Flags for the Node that runs the host, for instance `--cpu-prof --cpu-prof-dir=profiles`. */
const hostFlags = process.env['HOST_FLAGS']?.split(' ') ?? [];

/** Starts the built host, with logging, metrics, keys and checks as in production. */
export async function startHost(): Promise<string> {
  const port = await freePort();
  const dataDir = mkdtempSync(join(tmpdir(), 'finaz-bench-'));
  folders.push(dataDir);
  const child = keep(
    spawn(process.execPath, [...hostFlags, here('../../apps/host/dist/cli.js'), 'serve'], {
      env: {
        ...process.env,
        PORT: String(port),
        DATA_DIR: dataDir,
        ADMIN_KEY: adminKey,
        MASTER_KEY: masterKey,
        EGRESS_ALLOW: '127.0.0.0/8',
        LOG_LEVEL: 'info',
        DRAIN_SECONDS: '0',
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    }),
  );
  const url = `http://127.0.0.1:${port}`;
  while (
    !(await fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (child.exitCode !== null) throw new Error('the host ended');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return url;
}

/** One number of the host's metrics. */
export async function metric(hostUrl: string, name: string): Promise<number> {
  const text = await (await fetch(`${hostUrl}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `));
  return Number(line?.slice(name.length) ?? Number.NaN);
}

/** Processor time that the host has used. When the machine has other work, it says more than requests per second. */
export const processorSeconds = (hostUrl: string): Promise<number> =>
  metric(hostUrl, 'process_cpu_seconds_total');

export async function saveTenant(
  hostUrl: string,
  settings: unknown,
  features: readonly string[],
  id = '1042',
  adapter = 'generic-http',
): Promise<void> {
  const response = await fetch(`${hostUrl}/v1/tenants/${id}?check=skip`, {
    method: 'PUT',
    headers: { Authorization: `Bearer ${adminKey}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      id,
      name: 'Bench',
      inbound: { allowFrom: ['127.0.0.1'] },
      connections: {
        dialer: {
          adapter,
          settings,
          limits: { requestsPerSecond: 100_000, concurrency: 64 },
        },
      },
      features: Object.fromEntries(features.map((feature) => [feature, 'dialer'])),
    }),
  });
  if (!response.ok) throw new Error(await response.text());
}

export async function stopAll(): Promise<void> {
  await Promise.all(
    [...children].map((child) => {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      return gone;
    }),
  );
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
