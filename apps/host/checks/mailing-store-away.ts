// The store fails in the middle of a load and of events, and comes back. Nothing acknowledged is lost, nothing is duplicated, new work is refused with a clear
// 503 within half a minute, and everything resumes by itself.
//   node checks/mailing-store-away.ts --help
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { readCommand, wholeNumber, wordsOf } from '@finaz-telephony/config/command';
import * as v from 'valibot';
import { startEventLoad } from './event-load.ts';
import { freePort, startHostProcess } from './host-process.ts';
import {
  contactsIn,
  mailingsOf,
  readMailing,
  saveMailingTenant,
  sendMailing,
  startVendor,
} from './mailing-tenant.ts';
import { startResumingClient } from './resuming-client.ts';
import { adminKey } from './tenant.ts';
import { troubles, type Trouble } from './troubles.ts';

const names = Object.keys(troubles);
const { options } = readCommand({
  about: 'Takes the store away in the middle of a load and of events.',
  options: {
    trouble: v.pipe(
      v.optional(wordsOf(names), names.join(',')),
      v.description(
        'A full disk with SQLite (needs root), or a PostgreSQL that is away, hangs, or crashes and is started again.',
      ),
    ),
    contacts: v.pipe(v.optional(wholeNumber(), '40000'), v.description('Contacts of the load.')),
    away: v.pipe(v.optional(wholeNumber(), '60'), v.description('For how many seconds.')),
  },
});
const { contacts } = options;
const awayMs = options.away * 1000;
const concurrency = 32;
const longestAnswerMs = 30_000;
let failed = false;

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly ms: number;
}

/** Sends a request; status 0 if no answer came in time. */
async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const startedAt = performance.now();
  const since = () => performance.now() - startedAt;
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(longestAnswerMs) });
    return { status: response.status, body: await response.text(), ms: since() };
  } catch (error) {
    return { status: 0, body: String(error), ms: since() };
  }
}

const sendSmallMailing = (hostUrl: string) =>
  ask(`${hostUrl}/v1/tenants/1042/mailings?queue=8`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${adminKey}`, 'Content-Type': 'application/x-ndjson' },
    body: '{"contactId":"late","name":"Maria","phones":[{"areaCode":"41","number":"999998888"}]}\n',
  });

/** Sends a request every half second, without waiting for the answers. */
function askWhile(send: () => Promise<Answer>): { readonly stop: () => Promise<Answer[]> } {
  const answers: Promise<Answer>[] = [send()];
  const timer = setInterval(() => answers.push(send()), 500);
  return {
    stop() {
      clearInterval(timer);
      return Promise.all(answers);
    },
  };
}

const statusesOf = (answers: readonly Answer[]) =>
  [...new Set(answers.map(({ status }) => status))]
    .toSorted((left, right) => left - right)
    .join(', ');
const slowestOf = (answers: readonly Answer[]) => Math.max(...answers.map(({ ms }) => ms)) / 1000;

async function check(name: string, trouble: Trouble): Promise<void> {
  const vendor = await startVendor(20);
  const host = await startHostProcess(
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
  const events = startEventLoad({ target: () => host.url, workers: 4, repeatEvery: 10 });
  const screen = startResumingClient(() => host.url, adminKey);
  await until(async () => (await vendor.read('7')).counts.size > contacts / 20);

  const repair = await trouble.strike();
  const struckAt = performance.now();
  const mailingsSent = askWhile(() => sendSmallMailing(host.url));
  const readiness = askWhile(() => ask(`${host.url}/readyz`));
  await pause(name === 'disk' ? Math.min(awayMs, 10_000) : awayMs);
  const had = (await vendor.read('7')).counts.size;
  const awayForS = (performance.now() - struckAt) / 1000;
  await repair();
  const repairedAt = performance.now();
  const answers = await mailingsSent.stop();
  const readies = await readiness.stop();
  await until(async () => {
    const answer = await sendSmallMailing(host.url);
    answers.push(answer);
    return answer.status === 202;
  });
  const recoveredS = (performance.now() - repairedAt) / 1000;
  await until(async () => {
    const mailing = await readMailing(host.url, mailingId);
    return mailing?.state === 'active' || mailing?.state === 'stopped';
  });
  await events.stop();

  const mailing = await readMailing(host.url, mailingId);
  const doubts = await contactsIn(host.url, mailingId, 'in_doubt');
  const { counts } = await vendor.read('7');
  const ids = Array.from({ length: contacts }, (_, index) => `c-${index + 1}`);
  const silent = ids.filter((id) => !counts.has(id) && !doubts.has(id));
  const twice = ids.filter((id) => (counts.get(id) ?? 0) > 1);
  const listed = await mailingsOf(host.url, '8');
  const taken = answers.filter(({ status }) => status === 202).map(({ body }) => idIn(body));
  const lost = taken.filter((id) => !listed.has(id));
  const unasked = listed.size - taken.length;
  const unseen = () => [...events.acknowledged].filter((callId) => !screen.shown.has(callId));
  for (let attempt = 0; attempt < 200 && unseen().length > 0; attempt += 1) await pause(50);
  await screen.stop();
  const refusedEvents = [...new Set(events.failures())];

  console.log(
    `${name}, ${awayForS.toFixed(0)} s: ${had} of ${contacts} contacts sent when it came back; answers to mailings ${statusesOf(answers)} (slowest ${slowestOf(answers).toFixed(1)} s), /readyz ${statusesOf(readies)} (slowest ${slowestOf(readies).toFixed(1)} s), taken again after ${recoveredS.toFixed(1)} s`,
  );
  console.log(
    `  state ${mailing?.state}, sent ${mailing?.sent}, in doubt ${doubts.size}; missing in silence ${silent.length}, doubled ${twice.length}; mailings acknowledged ${taken.length}, lost ${lost.length}, taken though refused ${unasked}; events acknowledged ${events.acknowledged.size}, lost ${unseen().length}, refused ${events.failures().length} (${refusedEvents.join(', ')})`,
  );
  const isRight =
    mailing?.state === 'active' &&
    silent.length === 0 &&
    twice.length === 0 &&
    doubts.size <= concurrency &&
    answers.every(({ status }) => status === 503 || status === 202) &&
    answers.some(({ status }) => status === 503) &&
    (name === 'disk' || readies.some(({ status }) => status === 503)) &&
    lost.length === 0 &&
    unasked === 0 &&
    unseen().length === 0 &&
    events.acknowledged.size > 0 &&
    refusedEvents.every((status) => status === '503');
  if (!isRight) {
    failed = true;
    console.error('FAILED', mailing?.error, silent.slice(0, 5), twice.slice(0, 5));
    console.error(answers.find(({ status }) => status !== 202)?.body, host.output().slice(-2500));
  }
  await host.terminate();
  vendor.child.kill();
}

function idIn(body: string): string {
  return v.parse(v.object({ mailingId: v.string() }), JSON.parse(body)).mailingId;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5 * 60_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('not within five minutes');
    await pause(200);
  }
}

for (const name of options.trouble) {
  const trouble = await troubles[name]?.();
  if (!trouble) continue;
  try {
    await check(name, trouble);
  } finally {
    await trouble.end();
  }
}
process.exit(failed ? 1 : 0);
