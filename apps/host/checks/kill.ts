// kill -9 under load: every acknowledged event is stored exactly once, and a client that reconnects sees it exactly once, on the screen of its operator. Of a
// request with several calls, all are stored or none.
//   node checks/kill.ts --help
import { readCommand, wholeNumber } from '@finaz-telephony/config/command';
import * as v from 'valibot';
import { createHostPlace } from '../test/support/host-place.ts';
import { startEventLoad } from './event-load.ts';
import { freePort, startHostProcess } from './host-process.ts';
import { clearProgress, tellProgress } from './progress.ts';
import { randomFrom, randomSeed } from './random.ts';
import { startResumingClient } from './resuming-client.ts';
import { adminKey, saveTenant } from './tenant.ts';

const { options } = readCommand({
  about: 'Kills a host under load of events, on SQLite, or on the PostgreSQL of DATABASE_URL.',
  options: {
    kills: v.pipe(v.optional(wholeNumber(), '20'), v.description('How often the host is killed.')),
    seed: v.pipe(v.optional(wholeNumber(0)), v.description('To repeat a run that printed it.')),
  },
});
const { kills, seed = randomSeed() } = options;
const random = randomFrom(seed);
const engine = process.env['DATABASE_URL'] === undefined ? 'SQLite' : 'PostgreSQL';
console.log(`kill -9, ${kills} times, on ${engine}; seed ${seed}`);

const place = await createHostPlace();
const environment = { ...place.variables, ADMIN_KEY: adminKey };
const port = await freePort();
let host = await startHostProcess(environment, port);
await saveTenant(host.url);
const load = startEventLoad({
  target: () => host.url,
  workers: 16,
  repeatEvery: 10,
  severalEvery: 7,
});
const client = startResumingClient(() => host.url, adminKey);
const screens = ['1001', '1002'].map((extension) =>
  startResumingClient(() => host.url, adminKey, extension),
);

for (let kill = 1; kill <= kills; kill += 1) {
  await new Promise((resolve) => setTimeout(resolve, 150 + random() * 600));
  await host.kill();
  host = await startHostProcess(environment, port);
  tellProgress(`${kill} kills, ${load.acknowledged.size} events acknowledged`);
}
await load.stop();

const all = [client, ...screens];
function faults(): Readonly<Record<string, readonly string[]>> {
  const torn = load.together.filter((callIds) => {
    const count = callIds.filter((callId) => client.shown.has(callId)).length;
    return count > 0 && count < callIds.length;
  });
  return {
    missing: [...load.acknowledged].filter((callId) => !client.shown.has(callId)),
    'not on the screen of its operator': [...client.shown.keys()].filter(
      (callId) => !screens.some(({ shown }) => shown.has(callId)),
    ),
    'on the screen of another': screens.flatMap(({ foreign }) => foreign),
    'of a request that is there in part': torn.flat(),
    twice: all.flatMap(({ shown }) =>
      [...shown].filter(([, times]) => times > 1).map(([callId]) => callId),
    ),
  };
}
const isFaulty = () => Object.values(faults()).some((callIds) => callIds.length > 0);
for (let attempt = 0; attempt < 200 && isFaulty(); attempt += 1)
  await new Promise((resolve) => setTimeout(resolve, 50));
await Promise.all(all.map((screen) => screen.stop()));
await host.terminate();
await place.remove();

clearProgress();
console.log(
  `acknowledged ${load.acknowledged.size}, shown ${client.shown.size} (more were stored than could be acknowledged), reconnections ${client.reconnections()}`,
);
const several = load.together.filter(([callId = '']) => load.acknowledged.has(callId)).length;
const found = Object.entries(faults());
console.log(`${several} acknowledged requests told of several calls`);
console.log(found.map(([fault, callIds]) => `${fault}: ${callIds.length}`).join('; '));
if (isFaulty() || load.acknowledged.size === 0 || several === 0) {
  console.error(`FAILED; run again with --seed ${seed}`, load.failures().slice(0, 5));
  for (const [fault, callIds] of found) console.error(fault, callIds.slice(0, 5));
  process.exit(1);
}
