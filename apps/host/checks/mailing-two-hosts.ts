// Two hosts on one PostgreSQL load one mailing: the loading host is frozen until its lease has lapsed, then thawed, and then the host that took over is killed.
// The telephone system takes no key, so a contact that it has twice is a person called twice: there must be none. Contacts that it lacks are in doubt.
//   DATABASE_URL=… node checks/mailing-two-hosts.ts --help
import { setTimeout as pause } from 'node:timers/promises';
import { readCommand, wholeNumber } from '@finaz-telephony/config/command';
import * as v from 'valibot';
import { leaseMs } from '../src/mailings/mailing-state.ts';
import { createHostPlace } from '../test/support/host-place.ts';
import { freePort, startHostProcess, type HostProcess } from './host-process.ts';
import {
  contactsIn,
  readMailing,
  saveMailingTenant,
  sendMailing,
  startVendor,
} from './mailing-tenant.ts';
import { randomFrom, randomSeed } from './random.ts';
import { adminKey } from './tenant.ts';

const { options } = readCommand({
  about: 'Freezes one of two hosts in the middle of a load, and kills the other.',
  options: {
    contacts: v.pipe(v.optional(wholeNumber(), '100000'), v.description('Contacts of the load.')),
    freeze: v.pipe(
      v.optional(wholeNumber(), '60'),
      v.description('Seconds past its lease for which a host is frozen.'),
    ),
    seed: v.pipe(v.optional(wholeNumber(0)), v.description('To repeat a run that printed it.')),
  },
});
if (process.env['DATABASE_URL'] === undefined) {
  console.error(
    'DATABASE_URL is not set; run "npm run test:postgres", which starts a PostgreSQL for it',
  );
  process.exit(2);
}
const { contacts, freeze, seed = randomSeed() } = options;
const frozenMs = leaseMs + freeze * 1000;
const random = randomFrom(seed);
const concurrency = 32;
/** How many contacts the telephone system has received when the loading host is frozen. */
const freezeAt = random() * 0.1 * contacts;
/** Slow enough that the load still goes on when the frozen host comes back. */
const latencyMs = 40;
const longestMs = 15 * 60_000;

const place = await createHostPlace();
const environment = { ...place.variables, ADMIN_KEY: adminKey };
const vendor = await startVendor(latencyMs);
const [one, other] = await Promise.all([
  startHostProcess(environment, await freePort()),
  startHostProcess(environment, await freePort()),
]);
await saveMailingTenant(one.url, vendor.url, 'plain', concurrency);
const mailingId = await sendMailing(one.url, '7', contacts);
const deadline = performance.now() + longestMs;

/** How many contacts the vendor has, which shows soonest whether a load goes on. */
async function arrived(): Promise<number> {
  const { counts } = await vendor.read('7');
  return counts.size;
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`${what}: not within the time of this check`);
    await pause(200);
  }
}

/** Freezes the loading host, which is the one without which no more contacts arrive. */
async function freezeLoader(): Promise<{ loader: HostProcess; idle: HostProcess }> {
  for (;;) {
    for (const [loader, idle] of [
      [one, other],
      [other, one],
    ] as const) {
      loader.child.kill('SIGSTOP');
      await pause(500);
      const before = await arrived();
      await pause(1000);
      if ((await arrived()) === before && before < contacts) return { loader, idle };
      loader.child.kill('SIGCONT');
    }
    if (performance.now() > deadline) throw new Error('no host loads');
  }
}

await until('the load begins', async () => (await arrived()) > freezeAt);
const { loader: frozen, idle: successor } = await freezeLoader();
const frozenAt = performance.now();
const hadAtFreeze = await arrived();
await until('the other host takes over', async () => (await arrived()) > hadAtFreeze);
const takenOverMs = performance.now() - frozenAt;
await pause(Math.max(0, frozenMs - (performance.now() - frozenAt)));
const hadAtThaw = await arrived();
frozen.child.kill('SIGCONT');
// Both hosts are running now, but only one may send.
await pause(500 + random() * 3000);
const hadAtKill = await arrived();
await successor.kill();
await until('the mailing is loaded', async () => {
  const mailing = await readMailing(frozen.url, mailingId);
  return mailing?.state === 'active' || mailing?.state === 'stopped';
});

const mailing = await readMailing(frozen.url, mailingId);
const doubts = await contactsIn(frozen.url, mailingId, 'in_doubt');
const { counts, log } = await vendor.read('7');
const ids = Array.from({ length: contacts }, (_, index) => `c-${index + 1}`);
const twice = ids.filter((id) => (counts.get(id) ?? 0) > 1);
const silent = ids.filter((id) => !counts.has(id) && !doubts.has(id));
const most = 2 * concurrency;
console.log(
  `two hosts load ${contacts} contacts, seed ${seed}: frozen at ${hadAtFreeze} for ${Math.round(frozenMs / 1000)} s, taken over after ${Math.round(takenOverMs / 1000)} s, thawed at ${hadAtThaw}, the other killed at ${hadAtKill}`,
);
console.log(
  `state ${mailing?.state}, sent ${mailing?.sent}, in doubt ${doubts.size} (at most ${most}); doubled ${twice.length}, missing in silence ${silent.length}, clears ${log.length}`,
);
if (hadAtThaw >= contacts) {
  console.log('the load was over before the thaw: give more --contacts or a shorter --freeze');
}
const isRight =
  mailing?.state === 'active' &&
  twice.length === 0 &&
  silent.length === 0 &&
  doubts.size <= most &&
  log.length === 1;
if (!isRight) {
  console.error(
    `FAILED; run again with --seed ${seed}`,
    twice.slice(0, 5),
    silent.slice(0, 5),
    log,
    mailing?.error,
  );
  console.error(one.output().slice(-2000), other.output().slice(-2000));
}
await frozen.terminate();
vendor.child.kill();
await place.remove();
process.exit(isRight ? 0 : 1);
