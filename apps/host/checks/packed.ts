// Does what a vendor and an operator of a host would: packs the packages, installs the tarballs outside the workspace, runs the conformance suite on an adapter
// that the host does not know, and loads the adapter by its package name. Needs the package registry.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startVendorServer } from '@finaz-telephony/testing';
import { freePort } from './host-process.ts';
import { adminKey } from './tenant.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'finaz-packed-'));
const run = (command: string, args: readonly string[], cwd: string) =>
  execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...hostEnvironment },
  });

const port = await freePort();
const hostEnvironment = {
  ADAPTERS: 'acme-telephony-adapter',
  ADMIN_KEY: adminKey,
  DATA_DIR: join(folder, 'data'),
  PORT: String(port),
  LOG_LEVEL: 'warn',
  EGRESS_ALLOW: '127.0.0.0/8',
  DRAIN_SECONDS: '0',
};

function demand(condition: boolean, complaint: string): asserts condition {
  if (!condition) throw new Error(complaint);
}

const vendor = await startVendorServer();
try {
  for (const name of [
    'packages/core',
    'packages/testing',
    'adapters/generic-http',
    'adapters/asterisk',
    'adapters/3cx',
    'apps/host',
  ]) {
    run('pnpm', ['pack', '--pack-destination', folder], join(root, name));
  }
  await cp(join(root, 'docs/examples/acme-adapter'), join(folder, 'acme-telephony-adapter'), {
    recursive: true,
  });
  const tarballs = (await readdir(folder)).filter((name) => name.endsWith('.tgz'));
  const fileOf = (part: string) =>
    `file:${join(folder, tarballs.find((name) => name.includes(part)) ?? part)}`;
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({
      name: 'an-installation',
      private: true,
      dependencies: {
        '@finaz-telephony/core': fileOf('-core-'),
        '@finaz-telephony/adapter-3cx': fileOf('-adapter-3cx-'),
        '@finaz-telephony/adapter-asterisk': fileOf('-adapter-asterisk-'),
        '@finaz-telephony/adapter-generic-http': fileOf('-adapter-generic-http-'),
        '@finaz-telephony/host': fileOf('-host-'),
        '@finaz-telephony/testing': fileOf('-testing-'),
        'acme-telephony-adapter': 'file:acme-telephony-adapter',
        vitest: '>=4',
      },
    }),
  );
  run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--install-links'], folder);
  // Run next to the installed packages, as in the adapter author's repository.
  run(join(folder, 'node_modules/.bin/vitest'), ['run', 'acme-telephony-adapter/'], folder);
  const cli = join(folder, 'node_modules/.bin/finaz-telephony');
  const checked = run(cli, ['check', 'acme-telephony-adapter/tenant.yaml'], folder);
  demand(checked.includes('tenant.yaml: ok'), `check said: ${checked}`);

  const host = spawn(cli, ['serve'], {
    cwd: folder,
    env: { ...process.env, ...hostEnvironment },
    stdio: 'inherit',
  });
  const gone = once(host, 'exit');
  const url = `http://127.0.0.1:${port}`;
  while (
    !(await fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    demand(host.exitCode === null, 'the installed host ended');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const ask = (method: string, path: string, body: unknown, type = 'application/json') =>
    fetch(`${url}/v1/tenants/1042${path}`, {
      method,
      headers: { Authorization: `Bearer ${adminKey}`, 'Content-Type': type },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  await ask('PUT', '/secrets/acmeToken', { value: vendor.token });
  const document = await readFile(join(root, 'docs/examples/acme-adapter/tenant.yaml'), 'utf8');
  const saved = await ask(
    'PUT',
    '',
    document.replace('https://pbx.acme.example/api', vendor.url),
    'application/yaml',
  );
  demand(saved.status === 201, `saving the tenant answered ${saved.status}: ${await saved.text()}`);
  const call = await ask('POST', '/calls', {
    queue: '7',
    extension: '1001',
    areaCode: '41',
    number: '99999-8888',
  });
  demand(call.status === 201, `the call answered ${call.status}: ${await call.text()}`);
  const busy = await ask('POST', '/calls', {
    queue: '7',
    extension: '1001',
    areaCode: '41',
    number: '99999-8888',
  });
  const problem = await busy.text();
  demand(
    busy.status === 422 && problem.includes('operador em ligacao'),
    `the refused call answered ${busy.status}: ${problem}`,
  );
  host.kill('SIGTERM');
  await gone;
  console.log(
    `packed: an adapter of a stranger, installed from tarballs in ${folder}, placed a call through the installed host`,
  );
} finally {
  await vendor.close();
  await rm(folder, { recursive: true, force: true });
}
