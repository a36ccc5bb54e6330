import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callAt } from './click2call.ts';
import { freePort } from './processes.ts';

const version = '5';

/** As much of the host's work on a call as Node-RED can do: read the call, ask the vendor with a token over connections that stay open, return the id. */
const flow = (vendorUrl: string) => [
  { id: 'tab', type: 'tab', label: 'click2call' },
  { id: 'in', z: 'tab', type: 'http in', method: 'post', url: '/calls', wires: [['ask']] },
  {
    id: 'ask',
    z: 'tab',
    type: 'function',
    outputs: 1,
    wires: [['send']],
    func: `
      const { queue, extension, areaCode, number } = msg.payload;
      msg.headers = { 'content-type': 'application/json', authorization: 'Bearer vendor-token' };
      msg.payload = { extension, number: areaCode + number, queue };
      return msg;`,
  },
  {
    id: 'send',
    z: 'tab',
    type: 'http request',
    method: 'POST',
    url: `${vendorUrl}/calls`,
    ret: 'obj',
    paytoqs: 'ignore',
    persist: true,
    wires: [['tell']],
  },
  {
    id: 'tell',
    z: 'tab',
    type: 'function',
    outputs: 1,
    wires: [['out']],
    func: `
      msg.headers = {};
      msg.payload = { callId: msg.payload.id };
      return msg;`,
  },
  { id: 'out', z: 'tab', type: 'http response', statusCode: '201', headers: {}, wires: [] },
  // A second flow returns the processor time that Node-RED has used.
  { id: 'asked', z: 'tab', type: 'http in', method: 'get', url: '/processor', wires: [['used']] },
  {
    id: 'used',
    z: 'tab',
    type: 'function',
    outputs: 1,
    wires: [['said']],
    func: `
      const { user, system } = global.get('process').cpuUsage();
      msg.payload = (user + system) / 1e6;
      return msg;`,
  },
  { id: 'said', z: 'tab', type: 'http response', statusCode: '200', headers: {}, wires: [] },
];

export interface NodeRed {
  /** The address for calls. */
  readonly url: string;
  readonly processorSeconds: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

/** Installs a Node-RED for this run and starts it without its editor. Resolves with the reason if that is not possible. */
export async function startNodeRed(vendorUrl: string): Promise<NodeRed | { skipped: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'finaz-node-red-'));
  const tidy = () => rmSync(folder, { recursive: true, force: true });
  const options = ['--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
  const npm = spawnSync('npm', ['install', ...options, `node-red@${version}`], {
    encoding: 'utf8',
  });
  if (npm.status !== 0) {
    tidy();
    const why = npm.error?.message ?? npm.stderr.trim().split('\n')[0];
    return { skipped: `Node-RED cannot be installed here (${why})` };
  }
  const port = await freePort();
  writeFileSync(join(folder, 'flows.json'), JSON.stringify(flow(vendorUrl)));
  writeFileSync(
    join(folder, 'settings.js'),
    // `httpAdminRoot: false` leaves out the editor and its API.
    `module.exports = {
      uiHost: '127.0.0.1',
      uiPort: ${port},
      httpAdminRoot: false,
      flowFile: 'flows.json',
      credentialSecret: false,
      telemetry: { enabled: false },
      logging: { console: { level: 'error' } },
      functionGlobalContext: { process },
    };`,
  );
  const red = join(folder, 'node_modules/node-red/red.js');
  const child = spawn(
    process.execPath,
    [red, '--userDir', folder, '--settings', join(folder, 'settings.js')],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const stop = async () => {
    if (child.exitCode === null) {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    }
    tidy();
  };
  const own = `http://127.0.0.1:${port}`;
  const url = `${own}/calls`;
  while (!(await answers(url))) {
    if (child.exitCode !== null) {
      tidy();
      return { skipped: 'Node-RED does not start here' };
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const processorSeconds = async () => Number(await (await fetch(`${own}/processor`)).text());
  return { url, processorSeconds, stop };
}

function answers(url: string): Promise<boolean> {
  const { method, headers = {}, body = '' } = callAt(url);
  return fetch(url, { method, headers, body }).then(
    ({ status }) => status === 201,
    () => false,
  );
}
