// Two hosts on one PostgreSQL: an event received by one reaches a screen on the other; SIGTERM to one under load fails no request.
//   DATABASE_URL=… node checks/two-hosts.ts
import { createHostPlace } from '../test/support/host-place.ts';
import { startEventLoad } from './event-load.ts';
import { freePort, startHostProcess, type HostProcess } from './host-process.ts';
import { startResumingClient } from './resuming-client.ts';
import { adminKey, saveTenant } from './tenant.ts';

if (process.env['DATABASE_URL'] === undefined) {
  console.error(
    'DATABASE_URL is not set; run "npm run test:postgres", which starts a PostgreSQL for it',
  );
  process.exit(2);
}
const place = await createHostPlace();
const environment = { ...place.variables, ADMIN_KEY: adminKey, DRAIN_SECONDS: '1' };
// Started at the same time, as in a roll-out: one host waits for the migrations of the other.
const [one, other] = await Promise.all([
  startHostProcess(environment, await freePort()),
  startHostProcess(environment, await freePort()),
]);
await saveTenant(one.url);
await new Promise((resolve) => setTimeout(resolve, 1500));

/** A load balancer: polls /readyz and sends requests to the hosts that are ready. */
const ready = new Set<HostProcess>([one, other]);
let isBalancing = true;
const balancer = (async () => {
  while (isBalancing) {
    for (const host of [one, other]) {
      const isReady = await fetch(`${host.url}/readyz`).then(
        ({ status }) => status === 200,
        () => false,
      );
      if (isReady) ready.add(host);
      else ready.delete(host);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
})();
let turn = 0;
const target = () => {
  const hosts = [...ready];
  turn += 1;
  return (hosts[turn % hosts.length] ?? other).url;
};

const load = startEventLoad({ target, workers: 16, repeatEvery: 10 });
const client = startResumingClient(() => other.url, adminKey);
await new Promise((resolve) => setTimeout(resolve, 2000));
const exitCode = await one.terminate();
await new Promise((resolve) => setTimeout(resolve, 1000));
await load.stop();
isBalancing = false;
await balancer;

const missing = () => [...load.acknowledged].filter((callId) => !client.shown.has(callId));
for (let attempt = 0; attempt < 200 && missing().length > 0; attempt += 1)
  await new Promise((resolve) => setTimeout(resolve, 50));
await client.stop();
await other.terminate();
await place.remove();

const twice = [...client.shown.values()].filter((times) => times > 1).length;
console.log(
  `two hosts on one PostgreSQL: ${load.acknowledged.size} events to both, ${client.shown.size} on the screen of one; not shown ${missing().length}, twice ${twice}`,
);
console.log(
  `SIGTERM to one under load: exit code ${exitCode}, failed requests ${load.failures().length}`,
);
if (
  missing().length > 0 ||
  twice > 0 ||
  load.failures().length > 0 ||
  exitCode !== 0 ||
  load.acknowledged.size === 0
) {
  console.error('FAILED', load.failures().slice(0, 5));
  console.error(one.output().slice(-2000));
  process.exit(1);
}
