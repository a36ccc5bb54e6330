// A mailing with every outcome, dialed by a real Asterisk for three operators, while the host and the Asterisk are killed.
//   node adapters/asterisk/lab/lab.mjs run -- node apps/host/checks/asterisk-mailing.ts --help
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { readCommand, wholeNumber } from '@finaz-telephony/config/command';
import * as v from 'valibot';
import {
  carrierConsole,
  killAndRestartPbx,
  listenTo,
  startAsteriskHost,
  type AsteriskHost,
} from './asterisk-host.ts';
import { openScreen } from './operator-screen.ts';

const { options } = readCommand({
  about: 'A mailing on the Asterisk of the lab, from its load to its results.',
  options: {
    contacts: v.pipe(v.optional(wholeNumber(), '500'), v.description('Contacts of the mailing.')),
    kills: v.pipe(
      v.optional(wholeNumber(0), '0'),
      v.description('How often the host is killed meanwhile.'),
    ),
    'asterisk-restarts': v.pipe(
      v.optional(wholeNumber(0), '0'),
      v.description('How often Asterisk is killed meanwhile.'),
    ),
  },
});
const { contacts: total, kills, 'asterisk-restarts': restarts } = options;
const operators = ['1001', '1002', '1005'];
/** What the lab's customers do by the last digits of their number. */
const fates = [
  ['80', 'answered'],
  ['10', 'busy'],
  ['20', 'no_answer'],
  ['30', 'invalid_number'],
  ['40', 'voicemail'],
  ['50', 'rejected'],
] as const;
const fateOf = (index: number) => fates[index % fates.length] ?? fates[0];
const numberOf = (index: number) => `9${80_000_000 + index * 100 + Number(fateOf(index)[0])}`;
const indexOf = (contactId: string | null) => Number(contactId?.slice(2));
/** Time limit of the check: the slowest calls occupy one of three operators for ten seconds. */
const patienceMs = 90_000 + total * 4000 + restarts * 60_000;

const AttemptSchema = v.object({
  contactId: v.nullable(v.string()),
  outcome: v.string(),
  vendorStatus: v.string(),
  callId: v.optional(v.string()),
  extension: v.optional(v.string()),
  duration: v.optional(v.number()),
});
type Attempt = v.InferOutput<typeof AttemptSchema>;

async function attemptsOf({ ask }: AsteriskHost, mailingId: string): Promise<Attempt[]> {
  const AttemptsSchema = v.object({ attempts: v.array(AttemptSchema) });
  await ask(`/mailings/${mailingId}/results/fetch`, { method: 'POST' });
  await pause(1500);
  const response = await ask(`/mailings/${mailingId}/results?limit=1000`);
  return v.parse(AttemptsSchema, await response.json()).attempts;
}

/** Kills of the host, spread over the mailing, and kills of the telephone system between them. */
function plannedKills(host: AsteriskHost): { readonly at: number; run: () => Promise<void> }[] {
  const host9 = async () => {
    await host.killAndRestart();
    console.log('the host was killed (-9) and started again');
  };
  const pbx9 = async () => {
    await killAndRestartPbx(host.lab);
    console.log('the Asterisk was killed (-9) and started again');
  };
  const order: (() => Promise<void>)[] = [];
  for (let index = 0; index < Math.max(kills, restarts); index += 1) {
    if (index < kills) order.push(host9);
    if (index < restarts) order.push(pbx9);
  }
  return order.map((run, index) => ({ at: ((index + 1) * total) / (order.length + 1), run }));
}

/** How often the carrier was asked to dial each contact. */
function dialed({ lab }: AsteriskHost): ReadonlyMap<number, number> {
  const lines = carrierConsole(lab, 'database show discadas');
  return new Map(
    [...lines.matchAll(/^\/discadas\/119(\d{8})\s*: (\d+)/gm)].map(([, number, times]) => [
      Math.floor((Number(number) - 80_000_000) / 100),
      Number(times),
    ]),
  );
}

const host = await startAsteriskHost();
const screens = operators.map((extension) => openScreen(host, extension));
const popped = () => screens.reduce((sum, { events }) => sum + events.size, 0);
const contacts = Array.from({ length: total }, (_, index) => ({
  contactId: `m-${index}`,
  name: 'Maria da Silva',
  phones: [{ areaCode: '11', number: numberOf(index) }],
}));
const taken = await host.ask('/mailings?queue=100', { json: contacts });
assert.equal(taken.status, 202, await taken.clone().text());
const { mailingId } = v.parse(v.object({ mailingId: v.string() }), await taken.json());

const startedAt = Date.now();
const planned = plannedKills(host);
const most = planned.length;
let attempts: Attempt[] = [];
while (attempts.length < total && Date.now() - startedAt < patienceMs) {
  await pause(1500);
  attempts = await attemptsOf(host, mailingId);
  console.log(`${attempts.length} of ${total} attempts, ${popped()} answered events`);
  if (planned[0] && attempts.length >= planned[0].at) await planned.shift()?.run();
}
const minutes = (Date.now() - startedAt) / 60_000;
assert.equal(planned.length, 0, `only ${most - planned.length} of ${most} kills took place`);

const ids = new Set(attempts.map(({ contactId }) => contactId));
const missing = contacts.filter(({ contactId }) => !ids.has(contactId));
assert.deepEqual(missing, [], 'contacts without a result');
assert.equal(attempts.length, total, 'more results than contacts');
const doubts = attempts.filter(({ vendorStatus }) => vendorStatus === 'INTERROMPIDA');
const known = attempts.filter(({ vendorStatus }) => vendorStatus !== 'INTERROMPIDA');
assert.ok(
  doubts.length <= restarts * operators.length,
  `${doubts.length} attempts are in doubt; three operators have at most three calls`,
);
assert.ok(
  doubts.every(({ outcome }) => outcome === 'unknown'),
  'what was interrupted is known of',
);
const wrong = known.filter(({ contactId, outcome }) => outcome !== fateOf(indexOf(contactId))[1]);
assert.deepEqual(wrong, [], 'outcomes that are not those of the customers');

const times = dialed(host);
const inDoubt = new Set(doubts.map(({ contactId }) => indexOf(contactId)));
const more = [...times].filter(([, count]) => count > 1);
assert.deepEqual(more, [], 'contacts that were dialed more than once');
const never = contacts.filter((_, index) => !times.has(index) && !inDoubt.has(index));
assert.deepEqual(never, [], 'contacts that were not dialed, and are not listed');

const answered = attempts.filter(({ outcome }) => outcome === 'answered');
for (let tries = 0; tries < 50 && popped() < answered.length; tries += 1) await pause(200);
const calls = new Set(attempts.map(({ callId }) => callId));
for (const { events, extension } of screens) {
  const strange = [...events.keys()].filter((callId) => !calls.has(callId));
  assert.deepEqual(strange, [], `calls on the screen of ${extension} that have no result`);
}
let seconds = 0;
for (const { callId = '', contactId, extension, duration = 0 } of answered) {
  const screen = screens.find((one) => one.extension === extension);
  assert.equal(screen?.events.get(callId)?.contactId, contactId, 'no event on the right screen');
  const audio = await host.ask(`/recordings/${callId}`);
  assert.equal(audio.status, 200);
  const bytes = Buffer.from(await audio.arrayBuffer());
  assert.equal(bytes.readUInt32LE(4) + 8, bytes.length, 'a recording whose length is wrong');
  const sound = listenTo(host.lab, bytes);
  // A busy machine drops audio packets.
  assert.ok(
    Math.abs(sound.seconds - duration) <= Math.max(2, duration / 3),
    `a recording of ${sound.seconds} s of a call of ${duration} s`,
  );
  assert.ok(sound.loudness > 0.001, 'a recording of silence alone');
  seconds += sound.seconds;
}
const deactivated = await host.ask(`/mailings/${mailingId}/deactivate`, { method: 'POST' });
assert.equal(deactivated.status, 202);
for (const screen of screens) await screen.close();
await host.stop();

const count = (outcome: string) => attempts.filter((one) => one.outcome === outcome).length;
console.log(
  `${total} contacts in ${minutes.toFixed(1)} minutes: ${fates.map(([, outcome]) => `${count(outcome)} ${outcome}`).join(', ')}; ` +
    `${doubts.length} in doubt, each listed`,
);
console.log(
  `none missing, none dialed twice, every outcome right; ${screens.map(({ extension, events }) => `${events.size} on the screen of ${extension}`).join(', ')}; ` +
    `${answered.length} recordings with ${Math.round(seconds)} s of sound`,
);
console.log(`the host was killed ${kills} times, the Asterisk ${restarts} times`);
process.exit(0);
