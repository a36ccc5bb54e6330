// A mailing with every outcome, dialed by a real Asterisk for three operators while the host is killed twice.
//   node adapters/asterisk/lab/lab.mjs run -- node apps/host/checks/asterisk-mailing.ts [--contacts 500] [--kills 2]
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { startAsteriskHost } from './asterisk-host.ts';

const { values } = parseArgs({
  options: {
    contacts: { type: 'string', default: '500' },
    kills: { type: 'string', default: '2' },
  },
});
const total = Number(values.contacts);
const kills = Number(values.kills);
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
/** Three operators, and the slowest calls take ten seconds of one. */
const patienceMs = 60_000 + total * 3500;

const host = await startAsteriskHost();
const contacts = Array.from({ length: total }, (_, index) => ({
  contactId: `m-${index}`,
  name: 'Maria da Silva',
  phones: [
    { areaCode: '11', number: `9${String(80_000_000 + index * 100 + Number(fateOf(index)[0]))}` },
  ],
}));

const EventSchema = v.object({ contactId: v.string(), extension: v.string(), callId: v.string() });
type Event = v.InferOutput<typeof EventSchema>;
const events = new Map<string, Event>();
const ending = new AbortController();
let lastId: string | undefined;

/** Listens as a screen does: again from the last event after a break. */
async function listen(): Promise<void> {
  while (!ending.signal.aborted) {
    try {
      const stream = await host.ask('/events', {
        signal: ending.signal,
        headers: lastId === undefined ? {} : { 'Last-Event-ID': lastId },
      });
      let text = '';
      for await (const chunk of stream.body ?? []) {
        text += Buffer.from(chunk).toString();
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          const data = /^data: (\{"id".*\})$/m.exec(block)?.[1];
          lastId = /^id: (.+)$/m.exec(block)?.[1] ?? lastId;
          if (data === undefined) continue;
          const event = v.parse(EventSchema, JSON.parse(data));
          assert.ok(!events.has(event.callId), `the event of ${event.callId} came twice`);
          events.set(event.callId, event);
        }
      }
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      await pause(200);
    }
  }
}

const AttemptsSchema = v.object({
  attempts: v.array(
    v.object({
      contactId: v.nullable(v.string()),
      outcome: v.string(),
      callId: v.optional(v.string()),
      extension: v.optional(v.string()),
    }),
  ),
});
async function attemptsOf(id: string) {
  await host.ask(`/mailings/${id}/results/fetch`, { method: 'POST' });
  await pause(1500);
  const response = await host.ask(`/mailings/${id}/results?limit=1000`);
  return v.parse(AttemptsSchema, await response.json()).attempts;
}

const listening = listen();
const taken = await host.ask('/mailings?queue=100', { json: contacts });
assert.equal(taken.status, 202, await taken.clone().text());
const { mailingId } = v.parse(v.object({ mailingId: v.string() }), await taken.json());
const startedAt = Date.now();
let killed = 0;
let attempts: Awaited<ReturnType<typeof attemptsOf>> = [];
while (attempts.length < total && Date.now() - startedAt < patienceMs) {
  await pause(3000);
  attempts = await attemptsOf(mailingId);
  console.log(`${attempts.length} of ${total} attempts, ${events.size} answered events`);
  if (killed < kills && attempts.length > ((killed + 1) * total) / (kills + 2)) {
    killed += 1;
    await host.killAndRestart();
    console.log('the host was killed and started again');
  }
}

assert.equal(killed, kills, 'the host was not killed as often as wanted');
assert.equal(attempts.length, total, 'attempts are missing');
assert.equal(new Set(attempts.map(({ contactId }) => contactId)).size, total, 'a contact twice');
const wrong = attempts.filter(
  ({ contactId, outcome }) => outcome !== fateOf(Number(contactId?.slice(2)))[1],
);
assert.deepEqual(wrong, [], 'outcomes that are not those of the customers');

const answered = attempts.filter(({ outcome }) => outcome === 'answered');
for (let tries = 0; tries < 50 && events.size < answered.length; tries += 1) await pause(200);
assert.equal(events.size, answered.length, 'answered calls that popped on no screen');
for (const { callId = '', contactId, extension } of answered) {
  assert.deepEqual(events.get(callId), { ...events.get(callId), contactId, extension });
  const audio = await host.ask(`/recordings/${callId}`);
  assert.equal(audio.status, 200);
  const bytes = Buffer.from(await audio.arrayBuffer());
  assert.equal(bytes.subarray(0, 4).toString() + bytes.subarray(8, 12).toString(), 'RIFFWAVE');
  assert.equal(bytes.readUInt32LE(4) + 8, bytes.length, 'a recording whose length is wrong');
  assert.ok(
    bytes.subarray(44).some((byte) => byte !== 0),
    'a recording of silence alone',
  );
}
ending.abort();
await listening;
await host.stop();
console.log(
  `${total} contacts dialed once each, every outcome right, ${answered.length} popped on the screen of their operator and their recordings are whole; the host was killed ${killed} times`,
);
process.exit(0);
