// Twenty tenants load at once: each gets its share of the host, whatever the size of its mailing and the speed of its telephone system, and none stands still.
//   node checks/mailing-fairness.ts --help
import { setTimeout as pause } from 'node:timers/promises';
import { readCommand, wholeNumber } from '@finaz-telephony/config/command';
import * as v from 'valibot';
import { createHostPlace } from '../test/support/host-place.ts';
import { freePort, startHostProcess } from './host-process.ts';
import { saveMailingTenant, sendMailing, startVendor } from './mailing-tenant.ts';
import { adminKey } from './tenant.ts';

const { options } = readCommand({
  about: 'Lets companies load at once, on SQLite, or on the PostgreSQL of DATABASE_URL.',
  options: {
    tenants: v.pipe(v.optional(wholeNumber(2), '20'), v.description('Companies.')),
    contacts: v.pipe(v.optional(wholeNumber(), '5000'), v.description('Contacts of each.')),
    big: v.pipe(
      v.optional(wholeNumber()),
      v.description('Contacts of the first company, whose mailing comes before the others.'),
    ),
    slow: v.pipe(
      v.optional(wholeNumber(0)),
      v.description('Milliseconds that the telephone system of the last company takes to answer.'),
    ),
  },
});
const { tenants, contacts, big, slow } = options;
const concurrency = 16;
/** Among equal tenants, the least ratio of the smallest share to the largest. */
const leastRatio = 0.5;
const longestStandstillMs = 5000;
const engine = process.env['DATABASE_URL'] === undefined ? 'SQLite' : 'PostgreSQL';

const place = await createHostPlace();
const host = await startHostProcess({ ...place.variables, ADMIN_KEY: adminKey }, await freePort());
const vendor = await startVendor(2);
const slowVendor = slow === undefined ? undefined : await startVendor(slow);

const ids = Array.from({ length: tenants }, (_, index) => `${2001 + index}`);
const slowId = slowVendor && ids.at(-1);
const bigId = big === undefined ? undefined : ids[0];
const sizes = new Map(ids.map((id) => [id, (id === bigId ? big : undefined) ?? contacts]));
/** Tenants that differ in nothing but perhaps the size of their mailing. */
const equals = ids.filter((id) => id !== slowId);
const small = equals.filter((id) => id !== bigId);
for (const id of ids) {
  const { url } = id === slowId && slowVendor ? slowVendor : vendor;
  await saveMailingTenant(host.url, url, 'plain', concurrency, id);
}
const send = (id: string) => sendMailing(host.url, id, sizes.get(id) ?? contacts, id);

async function arrived(): Promise<Map<string, number>> {
  const counts = new Map(await vendor.totals());
  if (slowVendor) for (const [id, count] of await slowVendor.totals()) counts.set(id, count);
  return counts;
}

if (bigId !== undefined) {
  await send(bigId);
  while (((await arrived()).get(bigId) ?? 0) === 0) await pause(100);
}
const sending = Promise.all(ids.filter((id) => id !== bigId).map(send));

/** Contacts of each tenant when all had begun (`first`), and when the first of the small mailings was complete (`last`). */
let first: Map<string, number> | undefined;
let last: Map<string, number> | undefined;
const movedAt = new Map<string, number>();
const seen = new Map<string, number>();
let standstill = { id: '', ms: 0 };
const deadline = performance.now() + 10 * 60_000;
for (;;) {
  const counts = await arrived();
  const at = performance.now();
  if (at > deadline) throw new Error('not within ten minutes');
  const of = (id: string) => counts.get(id) ?? 0;
  if (!first && ids.every((id) => of(id) > 0)) {
    first = counts;
    for (const id of ids) movedAt.set(id, at);
  }
  if (first) {
    for (const id of ids) {
      if (of(id) !== seen.get(id)) movedAt.set(id, at);
      const ms = at - (movedAt.get(id) ?? at);
      if (of(id) < (sizes.get(id) ?? 0) && ms > standstill.ms) standstill = { id, ms };
      seen.set(id, of(id));
    }
  }
  if (!last && small.some((id) => of(id) === sizes.get(id))) last = counts;
  if (small.every((id) => of(id) === sizes.get(id))) break;
  await pause(100);
}
await sending;

const shareOf = (id: string) => (last?.get(id) ?? 0) - (first?.get(id) ?? 0);
const shares = equals.map(shareOf);
const ratio = Math.min(...shares) / Math.max(...shares);
console.log(
  `${ids.length} tenants load at once on ${engine}${bigId === undefined ? '' : `, one of them ${big} contacts`}${slowVendor ? `, one on a telephone system that takes ${slow} ms` : ''}: ${[...sizes.values()].at(-1)} contacts each, ${concurrency} requests at once`,
);
console.log(
  `  while all of them load, each got: ${ids.map((id) => `${shareOf(id)}${id === bigId ? ' (big)' : id === slowId ? ' (slow)' : ''}`).join(', ')}`,
);
console.log(
  `  least to most of equals ${ratio.toFixed(2)} (at least ${leastRatio}); longest standstill of one ${(standstill.ms / 1000).toFixed(1)} s (at most ${longestStandstillMs / 1000})`,
);
const isRight = ratio >= leastRatio && standstill.ms <= longestStandstillMs;
if (!isRight) console.error('FAILED', standstill, host.output().slice(-2000));
if (bigId === undefined) await host.terminate();
else await host.kill();
vendor.child.kill();
slowVendor?.child.kill();
await place.remove();
process.exit(isRight ? 0 : 1);
