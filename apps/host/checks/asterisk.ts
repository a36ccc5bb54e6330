// Every feature through the host's API on a real Asterisk.
//   node adapters/asterisk/lab/lab.mjs run -- node apps/host/checks/asterisk.ts
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import * as v from 'valibot';
import { pbxConsole, startAsteriskHost } from './asterisk-host.ts';
import { checkConnections } from './asterisk-connections.ts';
import { checkErrors } from './asterisk-errors.ts';
import { check, contact, json, steps, tally, until } from './asterisk-steps.ts';
import { checkTransfers } from './asterisk-transfers.ts';
import { checkVariants } from './asterisk-variants.ts';

const host = await startAsteriskHost();
const { placed, phase, place, hangUp, send, mailingIn } = steps(host);

await check('the connection is tested: address and both logins', async () => {
  const body = await json(await host.ask('/connections/pabx/test', { json: {} }), 200);
  assert.equal(body['ok'], true, JSON.stringify(body));
});

await check('click2call rings, talks and ends, and each phase is told', async () => {
  const callId = await placed('1001', '99999-0080');
  assert.match(callId, /^c2c-[0-9a-f-]{36}$/);
  await phase(callId, 'talking');
  const ended = await phase(callId, 'ended', 30);
  assert.deepEqual([ended.outcome, ended.vendorStatus], ['answered', 'ATENDIDA']);
});

for (const [number, outcome] of [
  ['99999-0010', 'busy'],
  ['99999-0030', 'invalid_number'],
  ['99999-0050', 'rejected'],
  ['99999-0060', 'failed'],
] as const) {
  await check(`click2call to ${number.slice(-2)} ends as ${outcome}`, async () => {
    const callId = await placed('1002', number);
    assert.equal((await phase(callId, 'ended')).outcome, outcome);
  });
}

// The customer was not dialed then, so the outcome must not say anything about the customer's number.
for (const [extension, what, vendorStatus] of [
  ['1003', 'does not pick up', 'OPERADOR_NAO_ATENDE'],
  ['1006', 'does not want to be disturbed', 'OPERADOR_OCUPADO'],
] as const) {
  await check(`click2call of an operator who ${what} ends as failed`, async () => {
    const ended = await phase(await placed(extension, '99999-0080'), 'ended', 20);
    assert.deepEqual([ended.outcome, ended.vendorStatus], ['failed', vendorStatus]);
  });
}

await check(
  'an unregistered phone, an unknown extension, an operator in a call: each its own words',
  async () => {
    const offline = await json(await place('1004', '99999-0080'), 422);
    assert.match(String(offline['detail']), /not registered/);
    const unknown = await json(await place('7777', '99999-0080'), 422);
    assert.match(String(unknown['detail']), /no phone for this extension/);
    const callId = await placed('1001', '99999-0081');
    await phase(callId, 'talking');
    const busy = await json(await place('1001', '99999-0080'), 422);
    assert.match(String(busy['detail']), /in a call already/);
    await hangUp('1001');
  },
);

await checkTransfers(host);

await check(
  'a recording: while it runs with its length put right, afterwards whole and in ranges',
  async () => {
    const callId = await placed('1001', '99999-0080');
    await phase(callId, 'talking');
    await pause(2500);
    const running = await host.ask(`/recordings/${callId}`);
    const bytes = Buffer.from(await running.arrayBuffer());
    assert.equal(running.status, 200);
    assert.equal(bytes.subarray(0, 4).toString(), 'RIFF');
    assert.equal(bytes.readUInt32LE(4), bytes.length - 8);
    await phase(callId, 'ended', 30);
    const whole = Buffer.from(await (await host.ask(`/recordings/${callId}`)).arrayBuffer());
    assert.ok(whole.length > bytes.length);
    const part = await host.ask(`/recordings/${callId}`, { headers: { Range: 'bytes=0-99' } });
    assert.equal(part.status, 206);
    assert.deepEqual(Buffer.from(await part.arrayBuffer()), whole.subarray(0, 100));
    await json(await host.ask('/recordings/c2c-nothing'), 404);
    await json(await host.ask(`/recordings/${encodeURIComponent('../../etc/passwd')}`), 400);
  },
);

await check(
  'a mailing is cleared, loaded, dialed over the numbers of each contact, and pops on the right screen',
  async () => {
    const events: { contactId: string; extension: string; callId: string }[] = [];
    const ending = new AbortController();
    const stream = await host.ask('/events', { signal: ending.signal });
    const listening = (async () => {
      let text = '';
      for await (const chunk of stream.body ?? []) {
        text += Buffer.from(chunk).toString();
        for (const match of text.matchAll(/^data: (\{"id".*\})$/gm)) {
          const event = v.parse(
            v.pipe(
              v.string(),
              v.parseJson(),
              v.looseObject({ contactId: v.string(), extension: v.string(), callId: v.string() }),
            ),
            match[1],
          );
          if (!events.some(({ callId }) => callId === event.callId)) events.push(event);
        }
      }
    })().catch(() => undefined);
    const id = await send('100', [
      contact('7001', '999990080'),
      contact('7002', '999990010', '999990080'),
      contact('7003', '999990030'),
      contact('7004', '999990040'),
      contact('7005', '999990050'),
    ]);
    await mailingIn(id, 'active');
    await until(async () => (events.length >= 2 ? true : undefined), 'two answered events', 60);
    const results = await until(
      async () => {
        await host.ask(`/mailings/${id}/results/fetch`, { method: 'POST' });
        await pause(1500);
        const body = v.parse(
          v.object({
            attempts: v.array(
              v.looseObject({
                contactId: v.nullable(v.string()),
                outcome: v.string(),
                callId: v.optional(v.string()),
              }),
            ),
          }),
          await json(await host.ask(`/mailings/${id}/results`), 200),
        );
        return body.attempts.length >= 6 ? body.attempts : undefined;
      },
      'six attempts',
      60,
    );
    const seen = results.map(({ contactId, outcome }) => `${contactId} ${outcome}`).toSorted();
    assert.deepEqual(seen, [
      '7001 answered',
      '7002 answered',
      '7002 busy',
      '7003 invalid_number',
      '7004 voicemail',
      '7005 rejected',
    ]);
    assert.deepEqual(events.map(({ contactId }) => contactId).toSorted(), ['7001', '7002']);
    for (const event of events) {
      assert.match(event.extension, /^100[125]$/);
      const audio = await host.ask(`/recordings/${event.callId}`);
      assert.equal(
        audio.status,
        200,
        await audio
          .clone()
          .text()
          .then((text) => text.slice(0, 200)),
      );
      await audio.arrayBuffer();
    }
    ending.abort();
    await listening;
    await json(await host.ask(`/mailings/${id}/deactivate`, { method: 'POST' }), 202);
    await mailingIn(id, 'finished');
  },
);

await check('clearing stops what waits, at once', async () => {
  const id = await send('200', [contact('1', '999990070'), contact('2', '999990070')]);
  await mailingIn(id, 'active');
  const cleared = await json(await host.ask('/queues/200/clear', { method: 'POST' }), 200);
  assert.equal(cleared['cleared'], 2);
});

await check('outside the calling hours of the server nothing is dialed', async () => {
  pbxConsole(host.lab, 'dialplan set global FINAZ_HORARIO 00:00-00:00,sun,31,feb');
  try {
    await mailingIn(await send('100', [contact('8001', '999990010')]), 'active');
    await pause(2000);
    const cleared = await json(await host.ask('/queues/100/clear', { method: 'POST' }), 200);
    assert.equal(cleared['cleared'], 1);
  } finally {
    pbxConsole(host.lab, 'dialplan set global FINAZ_HORARIO *,*,*,*');
  }
});

await checkVariants(host);
await checkConnections(host);
await checkErrors(host);
await host.stop();
const { passed, failed } = tally();
console.log(`\n${passed} passed, ${failed} failed, 0 skipped`);
process.exit(failed > 0 ? 1 : 0);
