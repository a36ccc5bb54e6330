// kill -9 under load: every acknowledged event is there, once, and a client that reconnects sees each exactly once.
//   node checks/kill.ts [--kills N] [--seed N]     on SQLite, or on the PostgreSQL of DATABASE_URL
import { parseArgs } from 'node:util';
import { createHostPlace } from '../test/support/host-place.ts';
import { startEventLoad } from './event-load.ts';
import { freePort, startHostProcess } from './host-process.ts';
import { randomFrom } from './random.ts';
import { startResumingClient } from './resuming-client.ts';
import { adminKey, saveTenant } from './tenant.ts';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '20' }, seed: { type: 'string' } },
});
const kills = Number(values.kills);
const seed = Number(values.seed ?? Math.floor(Math.random() * 1e9));
const random = randomFrom(seed);
const engine = process.env['DATABASE_URL'] === undefined ? 'SQLite' : 'PostgreSQL';
console.log(`kill -9, ${kills} times, on ${engine}; seed ${seed}`);

const place = await createHostPlace();
const environment = { ...place.variables, ADMIN_KEY: adminKey };
const port = await freePort();
let host = await startHostProcess(environment, port);
await saveTenant(host.url);
const load = startEventLoad({ target: () => host.url, workers: 16, repeatEvery: 10 });
const client = startResumingClient(() => host.url, adminKey);

for (let kill = 1; kill <= kills; kill += 1) {
  await new Promise((resolve) => setTimeout(resolve, 150 + random() * 600));
  await host.kill();
  host = await startHostProcess(environment, port);
  process.stdout.write(`\r${kill} kills, ${load.acknowledged.size} events acknowledged`);
}
await load.stop();

const missing = () => [...load.acknowledged].filter((callId) => !client.shown.has(callId));
for (let attempt = 0; attempt < 200 && missing().length > 0; attempt += 1)
  await new Promise((resolve) => setTimeout(resolve, 50));
await client.stop();
const twice = [...client.shown].filter(([, times]) => times > 1).map(([callId]) => callId);
await host.terminate();
await place.remove();

console.log(
  `\nacknowledged ${load.acknowledged.size}, shown ${client.shown.size} (more were stored than could be acknowledged), reconnections ${client.reconnections()}`,
);
console.log(`acknowledged and not shown: ${missing().length}; shown twice: ${twice.length}`);
if (missing().length > 0 || twice.length > 0 || load.acknowledged.size === 0) {
  console.error(`FAILED; run again with --seed ${seed}`, missing().slice(0, 5), twice.slice(0, 5));
  process.exit(1);
}
