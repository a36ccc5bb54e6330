// Every feature through the host's API on a real Asterisk.
//   node adapters/asterisk/lab/lab.mjs run -- node apps/host/checks/asterisk.ts
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import * as v from 'valibot';
import { pbxConsole, startAsteriskHost, type AsteriskHost } from './asterisk-host.ts';

const host = await startAsteriskHost();
let passed = 0;
let failed = 0;

async function check(name: string, run: () => Promise<void>): Promise<void> {
  const startedAt = performance.now();
  try {
    await run();
    passed += 1;
    console.log(`ok    ${name} (${Math.round(performance.now() - startedAt)} ms)`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}\n      ${error instanceof Error ? error.message : String(error)}`);
  }
}

const Json = v.looseObject({});
async function json(response: Response, status: number) {
  const text = await response.text();
  assert.equal(response.status, status, text);
  return v.parse(v.pipe(v.string(), v.parseJson(), Json), text);
}

async function until<Value>(
  read: () => Promise<Value | undefined>,
  what: string,
  seconds = 20,
): Promise<Value> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await pause(200)) {
    const value = await read();
    if (value !== undefined) return value;
  }
  throw new Error(`${what} did not come within ${seconds} s`);
}

const place = (extension: string, number: string, { ask }: AsteriskHost = host) =>
  ask('/calls', { json: { queue: '100', extension, areaCode: '11', number } });
async function placed(extension: string, number: string): Promise<string> {
  return String((await json(await place(extension, number), 201))['callId']);
}

const ProgressShape = v.object({
  phase: v.string(),
  outcome: v.optional(v.string()),
  vendorStatus: v.optional(v.string()),
});
async function progressOf(callId: string) {
  const body = await json(await host.ask(`/calls/${callId}`), 200);
  return v.parse(v.nullable(ProgressShape), body['progress']);
}
const phase = (callId: string, wanted: string, seconds?: number) =>
  until(
    async () => {
      const progress = await progressOf(callId);
      return progress?.phase === wanted ? progress : undefined;
    },
    `phase ${wanted}`,
    seconds,
  );
const transfer = (extension: string, destination: string) =>
  host.ask('/transfers', { json: { queue: '100', extension, destination } });
/** Ends whatever an extension still talks. */
async function hangUp(extension: string): Promise<void> {
  const auth = `Basic ${Buffer.from(`${host.lab.ari.user}:${host.lab.ari.password}`).toString('base64')}`;
  const ari = (method: string, path: string) =>
    fetch(`${host.lab.url}/ari${path}`, { method, headers: { authorization: auth } });
  await until(async () => {
    const endpoint = v.parse(
      v.looseObject({ channel_ids: v.array(v.string()) }),
      await (await ari('GET', `/endpoints/PJSIP/${extension}`)).json(),
    );
    for (const id of endpoint.channel_ids)
      await ari('DELETE', `/channels/${encodeURIComponent(id)}`);
    return endpoint.channel_ids.length === 0 ? true : undefined;
  }, 'a free operator');
}

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

await check('click2call that the operator does not pick up ends without a customer', async () => {
  const callId = await placed('1003', '99999-0080');
  await phase(callId, 'operator_ringing');
  const ended = await phase(callId, 'ended', 20);
  assert.equal(ended.outcome, 'no_answer');
});

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

for (const [destination, outcome] of [
  ['11988880080', 'answered'],
  ['11988880010', 'busy'],
  ['11988880030', 'invalid_number'],
  ['1005', 'answered'],
] as const) {
  await check(`transfer of a placed call to ${destination}: ${outcome}`, async () => {
    const callId = await placed('1002', '99999-0081');
    await phase(callId, 'talking');
    const body = await json(await transfer('1002', destination), 200);
    assert.equal(body['status'], 'accepted');
    assert.equal(body['outcome'], outcome, JSON.stringify(body));
    await hangUp('1002');
    await hangUp('1005');
  });
}

await check('transfer without a call, and to what does not exist, is refused', async () => {
  const none = await json(await transfer('1001', '11988880080'), 422);
  assert.match(String(none['detail']), /no call that could be transferred/);
  const callId = await placed('1001', '99999-0081');
  await phase(callId, 'talking');
  const nowhere = await json(await transfer('1001', '8888'), 400);
  assert.match(String(nowhere['detail']), /no telephone number, extension or queue/);
  await hangUp('1001');
});

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

const contact = (contactId: string, ...numbers: string[]) => ({
  contactId,
  name: 'Maria da Silva',
  cpf: '52998224725',
  phones: numbers.map((number) => ({ areaCode: '11', number })),
});
async function mailingIn(id: string, wanted: string, seconds = 30) {
  return until(
    async () => {
      const body = await json(await host.ask(`/mailings/${id}`), 200);
      if (body['state'] === 'stopped' && wanted !== 'stopped')
        throw new Error(JSON.stringify(body['error']));
      return body['state'] === wanted ? body : undefined;
    },
    `a mailing that is ${wanted}`,
    seconds,
  );
}
async function send(queue: string, contacts: unknown): Promise<string> {
  const body = await json(await host.ask(`/mailings?queue=${queue}`, { json: contacts }), 202);
  return String(body['mailingId']);
}

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

await check(
  'a queue that Asterisk does not have, and one with a name that AstDB would misread',
  async () => {
    const unknown = await mailingIn(await send('999', [contact('1', '999990070')]), 'stopped');
    assert.match(JSON.stringify(unknown['error']), /no such queue/);
    const wild = await mailingIn(await send('1%25', [contact('1', '999990070')]), 'stopped');
    assert.match(JSON.stringify(wild['error']), /cannot be used with Asterisk/);
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

const WrongShape = v.looseObject({ detail: v.string(), code: v.string() });
for (const [name, settings, words] of [
  [
    'a wrong password of ARI',
    { ari: { user: 'crm', password: '${secret:event}' } },
    /does not accept the user of ARI/,
  ],
  [
    'a user of ARI that may only read',
    { ari: { user: 'leitura', password: '${secret:readOnly}' } },
    /may only read/,
  ],
] as const) {
  await check(name, async () => {
    await host.ask('/secrets/readOnly', {
      method: 'PUT',
      json: { value: host.lab.readOnly.password },
    });
    await host.save(settings);
    const problem = v.parse(WrongShape, await json(await place('1001', '99999-0080'), 502));
    assert.match(problem.detail, words);
    assert.equal(problem.code, 'auth_failed');
  });
}
await check('a wrong secret of AMI', async () => {
  await host.save({ ami: { user: 'crm', password: '${secret:event}' } });
  const stopped = await mailingIn(await send('100', [contact('1', '999990070')]), 'stopped');
  assert.match(
    JSON.stringify(stopped['error']),
    /does not accept the login of the manager interface/,
  );
});
await check('an Asterisk that is down', async () => {
  await host.save({ baseUrl: 'http://127.0.0.1:9' });
  const problem = v.parse(WrongShape, await json(await place('1001', '99999-0080'), 502));
  assert.equal(problem.code, 'network');
});

await host.stop();
console.log(`\n${passed} passed, ${failed} failed, 0 skipped`);
process.exit(failed > 0 ? 1 : 0);
