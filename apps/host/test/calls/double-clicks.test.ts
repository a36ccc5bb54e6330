import { startLoopbackServer } from '@finaz-telephony/testing';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import * as v from 'valibot';
import { AnyObject, CallsShape, jsonOf, PlacedShape, ProblemShape } from '../support/json.ts';
import { wanted } from '../support/shared-host.ts';
import { startTestHost, type AskInit, type TestHost } from '../support/test-host.ts';

type Vendor = Awaited<ReturnType<typeof startLoopbackServer>>;

/** The requests that the vendor has received, how it answers, and after which pause, as a telephone that rings. */
const asked: string[] = [];
let answer: 'yes' | 'no' | 'nothing';
let pauseMs: number;

let vendor: Vendor;
let host: TestHost;

const documentWith = (rules: object) => ({
  connections: {
    dialer: {
      adapter: 'generic-http',
      settings: {
        baseUrl: vendor.url,
        click2call: {
          request: { url: '/dial/{{ extension }}' },
          outcome: [{ when: 'reply.ok == false', is: 'refused' }],
          capture: { callId: '{{ reply.id }}' },
        },
        transfer: {
          request: { url: '/transfer/{{ extension }}/{{ destination }}' },
          outcome: [{ when: 'reply.ok == false', is: 'refused' }],
        },
      },
    },
  },
  features: { click2call: 'dialer', transfer: 'dialer' },
  rules,
});

beforeAll(async () => {
  vendor = await startLoopbackServer(async (request, response) => {
    asked.push(request.url ?? '');
    const id = `c-${asked.length}`;
    await setTimeout(pauseMs);
    if (answer === 'nothing') request.socket.destroy();
    else response.end(JSON.stringify({ ok: answer === 'yes', id }));
  });
  host = await startTestHost({ document: documentWith({ doubleClick: 0.5 }) });
});
afterAll(async () => {
  await host.stop();
  await vendor.close();
});

/** Each test has an operator of its own. */
let extension = 1000;
beforeEach(() => {
  extension += 1;
  asked.length = 0;
  answer = 'yes';
  pauseMs = 50;
});

const keyed = (key: string): AskInit => ({ headers: { 'Idempotency-Key': key } });
const call = (more: object = {}, init: AskInit = {}) =>
  host.tenant('/calls', { ...init, json: { ...wanted, extension: String(extension), ...more } });
const transfer = (more: object = {}) =>
  host.tenant('/transfers', {
    json: { queue: '7', extension: String(extension), destination: '4133334444', ...more },
  });

describe('a call that is requested twice', () => {
  it('is placed once while the first request is under way, and each request returns that call', async () => {
    const answers = await Promise.all([call(), call({ number: '+55 41 999998888' }), call()]);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    const placed = await Promise.all(answers.map((each) => jsonOf(each, PlacedShape)));
    expect(placed).toEqual([placed[0], placed[0], placed[0]]);
    expect(asked).toHaveLength(1);
    const again = answers.map(({ headers }) => headers.get('Idempotent-Replayed'));
    expect(again.filter((each) => each === 'true')).toHaveLength(2);
    expect(new Set(answers.map(({ headers }) => headers.get('Location'))).size).toBe(1);
  });

  it('is placed once even if each request has an Idempotency-Key of its own', async () => {
    const [first, second] = await Promise.all([
      call({}, keyed('click-1')),
      call({}, keyed('click-2')),
    ]);
    const repeated = await call({}, keyed('click-2'));
    expect([first.status, second.status, repeated.status]).toEqual([201, 201, 201]);
    const placed = await jsonOf(first, PlacedShape);
    expect(await jsonOf(second, PlacedShape)).toEqual(placed);
    expect(await jsonOf(repeated, PlacedShape)).toEqual(placed);
    expect(asked).toHaveLength(1);
  });

  it('is placed once even if the vendor has answered before the second request', async () => {
    pauseMs = 0;
    const first = await jsonOf(await call(), PlacedShape);
    const second = await call();
    expect(second.headers.get('Idempotent-Replayed')).toBe('true');
    expect(await jsonOf(second, PlacedShape)).toEqual(first);
    expect(asked).toHaveLength(1);
  });

  it.each(['yes', 'nothing'] as const)(
    "is placed again once the double-click time is over, after the vendor's first answer was: %s",
    async (first) => {
      answer = first;
      const { attemptId } = await jsonOf(await call(), v.object({ attemptId: v.string() }));
      await setTimeout(600);
      answer = 'yes';
      const second = await call();
      expect(second.headers.get('Idempotent-Replayed')).toBeNull();
      expect((await jsonOf(second, PlacedShape)).attemptId).not.toBe(attemptId);
      expect(asked).toHaveLength(2);
    },
  );

  it('is placed again at once if the vendor refused the first', async () => {
    answer = 'no';
    const refused = await Promise.all([call(), call()]);
    expect(refused.map(({ status }) => status)).toEqual([422, 422]);
    expect(asked).toHaveLength(1);
    answer = 'yes';
    expect((await call()).status).toBe(201);
    expect(asked).toHaveLength(2);
  });

  it("is in doubt for both requests, and for another one just afterwards, if the vendor's answer is lost", async () => {
    answer = 'nothing';
    const answers = [...(await Promise.all([call(), call()])), await call()];
    const problems = await Promise.all(answers.map((each) => jsonOf(each, ProblemShape)));
    const [first] = problems;
    expect(first).toMatchObject({ code: 'network', delivery: 'unknown' });
    expect(new Set(problems.map(({ attemptId }) => attemptId)).size).toBe(1);
    expect(asked).toHaveLength(1);
    const listed = await host.tenant(`/calls?extension=${extension}`);
    expect((await jsonOf(listed, CallsShape)).calls).toHaveLength(1);
  });

  it('is placed separately for another extension and for another number', async () => {
    const answers = await Promise.all([
      call(),
      call({ number: '99999-7777' }),
      call({ extension: `9${extension}` }),
    ]);
    expect(answers.map(({ headers }) => headers.get('Idempotent-Replayed'))).toEqual([
      null,
      null,
      null,
    ]);
    expect(asked).toHaveLength(3);
  });

  it('is placed separately for another company whose operator has the same extension', async () => {
    const other = '/v1/tenants/1043';
    const document = { id: '1043', name: 'Cobranca Norte', ...documentWith({ doubleClick: 0.5 }) };
    expect((await host.ask(other, { method: 'PUT', json: document })).status).toBe(201);
    const json = { ...wanted, extension: String(extension) };
    const answers = await Promise.all([call(), host.ask(`${other}/calls`, { json })]);
    const placed = await Promise.all(answers.map((each) => jsonOf(each, PlacedShape)));
    expect(new Set(placed.map(({ attemptId }) => attemptId)).size).toBe(2);
    expect(asked).toHaveLength(2);
  });
});

it('each request places a call of its own if the company has no double-click rule', async () => {
  const plain = await startTestHost({ document: documentWith({}) });
  onTestFinished(() => plain.stop());
  const answers = await Promise.all(
    [1, 2].map(() => plain.tenant('/calls', { json: { ...wanted, extension: '1001' } })),
  );
  const placed = await Promise.all(answers.map((each) => jsonOf(each, PlacedShape)));
  expect(new Set(placed.map(({ attemptId }) => attemptId)).size).toBe(2);
});

describe('a transfer that is requested twice', () => {
  it('is made once', async () => {
    pauseMs = 0;
    const answers = [...(await Promise.all([transfer(), transfer()])), await transfer()];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const made = await Promise.all(answers.map((each) => jsonOf(each, AnyObject)));
    expect(made).toEqual([made[0], made[0], made[0]]);
    expect(answers[2]?.headers.get('Idempotent-Replayed')).toBe('true');
    expect(asked).toHaveLength(1);
  });

  it('is made separately for another call, another destination or another parameter', async () => {
    await Promise.all([
      transfer(),
      transfer({ callId: 'c-7' }),
      transfer({ destination: '200' }),
      transfer({ parameters: { step: 'complete' } }),
    ]);
    expect(asked).toHaveLength(4);
  });

  it('is made again at once if the vendor refused the first', async () => {
    answer = 'no';
    expect((await transfer()).status).toBe(422);
    answer = 'yes';
    expect((await transfer()).status).toBe(200);
    expect(asked).toHaveLength(2);
  });
});
