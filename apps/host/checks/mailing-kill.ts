// kill -9 in the middle of loads. A vendor that takes a key holds each contact exactly once. With a vendor that does not, every contact that it holds zero
// times or twice is listed as in doubt, and at most kills × concurrency are. A file arrives completely, after a clear.
//   node checks/mailing-kill.ts --help
import { setTimeout as pause } from 'node:timers/promises';
import { readCommand, wholeNumber, wordsOf } from '@finaz-telephony/config/command';
import * as v from 'valibot';
import { createHostPlace } from '../test/support/host-place.ts';
import { freePort, startHostProcess } from './host-process.ts';
import {
  contactsIn,
  readMailing,
  saveMailingTenant,
  sendMailing,
  startVendor,
  type VendorKind,
} from './mailing-tenant.ts';
import { clearProgress, tellProgress } from './progress.ts';
import { randomFrom, randomSeed } from './random.ts';
import { adminKey } from './tenant.ts';

const all: readonly VendorKind[] = ['keyed', 'plain', 'file'];
const { options } = readCommand({
  about: 'Kills a host in the middle of loads, on SQLite, or on the PostgreSQL of DATABASE_URL.',
  options: {
    kills: v.pipe(
      v.optional(wholeNumber(), '20'),
      v.description('How often the host is killed during each load.'),
    ),
    contacts: v.pipe(v.optional(wholeNumber(), '100000'), v.description('Contacts of each load.')),
    kind: v.pipe(
      v.optional(wordsOf(all), all.join(',')),
      v.description('Loads by request, to a vendor that takes a key or none, or as a file.'),
    ),
    seed: v.pipe(v.optional(wholeNumber(0)), v.description('To repeat a run that printed it.')),
  },
});
const { kills, contacts, kind: kinds, seed = randomSeed() } = options;
const random = randomFrom(seed);
const concurrency = 32;
const engine = process.env['DATABASE_URL'] === undefined ? 'SQLite' : 'PostgreSQL';
console.log(
  `loads of ${contacts} contacts, kill -9 ${kills} times each, on ${engine}; seed ${seed}`,
);
let failed = false;

async function check(kind: VendorKind): Promise<void> {
  const place = await createHostPlace();
  const environment = { ...place.variables, ADMIN_KEY: adminKey };
  const port = await freePort();
  const vendor = await startVendor(kind === 'file' ? 0 : 2);
  let host = await startHostProcess(environment, port);
  await saveMailingTenant(host.url, vendor.url, kind, concurrency);
  const mailingId = await sendMailing(host.url, '7', contacts);

  let killed = 0;
  let nextKillAt = (random() * contacts) / kills;
  const deadline = performance.now() + 15 * 60_000;
  for (;;) {
    const mailing = await readMailing(host.url, mailingId);
    const isOver = mailing?.state === 'active' || mailing?.state === 'stopped';
    if (isOver || performance.now() > deadline) break;
    // A host that starts on PostgreSQL first waits for the dead host's lease: kills at fixed times would all come during that wait, before anything is sent.
    const isDue = kind === 'file' || (mailing?.sent ?? 0) >= nextKillAt;
    if (killed < kills && mailing?.state === 'loading' && isDue) {
      // The host sends a file again after five seconds, so up to six seconds let some of the kills come in the middle of a file.
      await pause(random() * (kind === 'file' && killed > 0 ? 6000 : 400));
      await host.kill();
      killed += 1;
      nextKillAt = ((killed + random()) * contacts) / kills;
      host = await startHostProcess(environment, port);
    } else await pause(50);
    tellProgress(`${kind}: ${killed} kills, ${mailing?.sent ?? 0} sent`);
  }
  const mailing = await readMailing(host.url, mailingId);
  const doubts = await contactsIn(host.url, mailingId, 'in_doubt');
  const { counts, log, repeats } = await vendor.read('7');
  const odd: string[] = [];
  let zero = 0;
  let twice = 0;
  for (let index = 1; index <= contacts; index += 1) {
    const count = counts.get(`c-${index}`) ?? 0;
    if (count === 0) zero += 1;
    if (count > 1) twice += 1;
    if (count !== 1 && !(kind === 'plain' && doubts.has(`c-${index}`))) odd.push(`c-${index}`);
  }
  clearProgress();
  console.log(
    `${kind}: ${killed} kills, state ${mailing?.state}, sent ${mailing?.sent}, in doubt ${doubts.size} (at most ${killed * concurrency}); the vendor has ${zero} not at all, ${twice} more than once (${repeats} sent again under the same key)`,
  );
  const clearsFirst = log.every(
    (entry, index) => !entry.startsWith('file') || log[index - 1] === 'clear',
  );
  const isWhole =
    kind !== 'file' ||
    log.filter((entry) => entry !== 'clear').every((entry) => entry === `file ${contacts}`);
  const isRight =
    mailing?.state === 'active' &&
    odd.length === 0 &&
    doubts.size <= killed * concurrency &&
    (kind === 'plain' || doubts.size === 0) &&
    clearsFirst &&
    isWhole;
  if (!isRight) {
    failed = true;
    console.error(
      `FAILED; run again with --kind ${kind} --seed ${seed}`,
      odd.slice(0, 5),
      log,
      mailing?.error,
    );
    console.error(host.output().slice(-3000));
  }
  await host.terminate();
  vendor.child.kill();
  await place.remove();
}

for (const kind of kinds) await check(kind);
process.exit(failed ? 1 : 0);
