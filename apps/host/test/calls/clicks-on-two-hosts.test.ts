// A load balancer may give the clicks of one operator to two hosts in turn: the rules of a company hold across all hosts.
import { startLoopbackServer } from '@finaz-telephony/testing';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readEnvironment } from '../../src/environment.ts';
import { silentLogger } from '../../src/logger.ts';
import { serve } from '../../src/serve.ts';
import { folderWithAdapter } from '../support/adapter-package.ts';
import { createHostPlace, type HostPlace } from '../support/host-place.ts';
import { AnyObject, jsonOf, PlacedShape, ProblemShape } from '../support/json.ts';
import { adminKey } from '../support/test-host.ts';

type Vendor = Awaited<ReturnType<typeof startLoopbackServer>>;
type Answer = 'yes' | 'no' | 'nothing';

const ascending = (a: number, b: number) => a - b;

describe.skipIf(process.env['DATABASE_URL'] === undefined)(
  'two hosts on one database (on PostgreSQL alone, where hosts share one: npm run test:postgres)',
  () => {
    let place: HostPlace;
    let vendor: Vendor;
    let environment: Record<string, string>;
    const hosts: Awaited<ReturnType<typeof serve>>[] = [];
    const startHost = async (adapters: object = {}, folder?: string) => {
      hosts.push(
        await serve(readEnvironment({ ...environment, ...adapters }), silentLogger, folder),
      );
    };
    /** The requests that have reached the vendor, to be answered by the test. */
    let ringing: ((answer: Answer) => void)[] = [];
    let rung: PromiseWithResolvers<void>;

    beforeAll(async () => {
      place = await createHostPlace();
      vendor = await startLoopbackServer(async (request, response) => {
        const id = `c-${request.url?.slice(1)}`;
        const answer = await new Promise<Answer>((resolve) => {
          ringing.push(resolve);
          rung.resolve();
        });
        if (answer === 'nothing') request.socket.destroy();
        else response.end(JSON.stringify({ ok: answer === 'yes', id }));
      });
      environment = {
        PORT: '0',
        ADMIN_KEY: adminKey,
        DRAIN_SECONDS: '0',
        ...place.variables,
      };
      for (let count = 0; count < 2; count += 1) await startHost();
    });
    afterAll(async () => {
      for (const host of hosts) await host.stop();
      await vendor.close();
      await place.remove();
    });
    beforeEach(() => {
      ringing = [];
      rung = Promise.withResolvers();
    });

    const send = (host: number, path: string, method: 'PUT' | 'POST', json: object) =>
      fetch(`${hosts[host]?.url}/v1/tenants/${path}`, {
        method,
        headers: { Authorization: `Bearer ${adminKey}`, 'Content-Type': 'application/json' },
        body: JSON.stringify(json),
      });
    /** Each test has a company of its own. */
    const save = async (id: string, rules: object) => {
      const saved = await send(0, id, 'PUT', {
        id,
        name: 'Cobranca Sul',
        connections: {
          dialer: {
            adapter: 'generic-http',
            settings: {
              baseUrl: vendor.url,
              click2call: {
                request: { url: '/{{ extension }}' },
                outcome: [{ when: 'reply.ok == false', is: 'refused' }],
                capture: { callId: '{{ reply.id }}' },
              },
              transfer: {
                request: { url: '/{{ extension }}/{{ destination }}' },
                outcome: [{ when: 'reply.ok == false', is: 'refused' }],
              },
            },
          },
        },
        features: { click2call: 'dialer', transfer: 'dialer' },
        rules,
      });
      expect(saved.status).toBe(201);
      return {
        click: (host: number, extension = '1001', number = '99999-8888') =>
          send(host, `${id}/calls`, 'POST', { queue: '7', extension, areaCode: '41', number }),
        transfer: (host: number, more: object = {}) =>
          send(host, `${id}/transfers`, 'POST', {
            queue: '7',
            extension: '1001',
            destination: '200',
            ...more,
          }),
      };
    };
    const answerFirst = async (answer: Answer) => {
      await rung.promise;
      rung = Promise.withResolvers();
      ringing.at(-1)?.(answer);
    };

    it('place one call for a double click that reaches both at once, and both return that call', async () => {
      const { click } = await save('at-once', { doubleClick: 10 });
      const clicks = [click(0), click(1)];
      await answerFirst('yes');
      const answers = await Promise.all(clicks);
      expect(answers.map(({ status }) => status)).toEqual([201, 201]);
      const [one, other] = await Promise.all(answers.map((each) => jsonOf(each, PlacedShape)));
      expect(other).toEqual(one);
      const again = answers.map(({ headers }) => headers.get('Idempotent-Replayed'));
      expect(again.filter((each) => each === 'true')).toHaveLength(1);
      expect(ringing).toHaveLength(1);
    });

    it('place one call if the second click reaches the other host after the first one was answered', async () => {
      const { click } = await save('afterwards', { doubleClick: 10 });
      const first = click(0);
      await answerFirst('yes');
      const placed = await jsonOf(await first, PlacedShape);
      const second = await click(1);
      expect(second.headers.get('Idempotent-Replayed')).toBe('true');
      expect(await jsonOf(second, PlacedShape)).toEqual(placed);
      expect(ringing).toHaveLength(1);
    });

    it('place one call for two clicks, however long the vendor takes to answer the first', async () => {
      const { click } = await save('slow', { doubleClick: 10 });
      const first = click(0);
      await rung.promise;
      rung = Promise.withResolvers();
      const client = new pg.Client({ connectionString: place.databaseUrl });
      await client.connect();
      await client.query("update calls set updated_at = 0 where tenant_id = 'slow'");
      await client.end();
      const second = click(1);
      // By the time this call rings, its host has also looked for the call that the second click repeats.
      const later = click(1, '1002', '99999-7777');
      await rung.promise;
      expect(ringing).toHaveLength(2);
      for (const answer of ringing) answer('yes');
      const placed = [first, second, later].map(async (each) => jsonOf(await each, PlacedShape));
      const [one, same, other] = await Promise.all(placed);
      expect(same).toEqual(one);
      expect(other).not.toEqual(one);
      expect(ringing).toHaveLength(2);
    });

    it('place a call again for the second click if the vendor refuses the first, made by the other host', async () => {
      const { click } = await save('refused', { doubleClick: 10 });
      const clicks = [click(0), click(1)];
      await answerFirst('no');
      await answerFirst('yes');
      const answers = await Promise.all(clicks);
      expect(answers.map(({ status }) => status).toSorted(ascending)).toEqual([201, 422]);
      expect(ringing).toHaveLength(2);
    });

    it("both report the same call in doubt if the vendor's answer to a double click is lost", async () => {
      const { click } = await save('in-doubt', { doubleClick: 10 });
      const clicks = [click(0), click(1)];
      await answerFirst('nothing');
      const problems = await Promise.all(
        (await Promise.all(clicks)).map((each) => jsonOf(each, ProblemShape)),
      );
      expect(problems).toMatchObject([
        { code: 'network', delivery: 'unknown', feature: 'click2call' },
        { code: 'network', delivery: 'unknown', feature: 'click2call' },
      ]);
      expect(problems[1]?.attemptId).toBe(problems[0]?.attemptId);
      expect(ringing).toHaveLength(1);
    });

    it('together call a number only as often per day as the company allows, even if two operators want to call it at once', async () => {
      const { click: call } = await save('per-day', { attemptsPerDay: 1 });
      const numbers = Array.from({ length: 10 }, (_, index) => `99999-880${index}`);
      const calls = numbers.flatMap((number) => [call(0, '1001', number), call(1, '1002', number)]);
      const late = setInterval(() => ringing.forEach((answer) => answer('yes')), 5);
      const statuses = (await Promise.all(calls)).map(({ status }) => status);
      clearInterval(late);
      const ofNumbers = numbers.map((_, index) =>
        statuses.slice(2 * index, 2 * index + 2).toSorted(ascending),
      );
      expect(ofNumbers).toEqual(numbers.map(() => [201, 422]));
      expect(ringing).toHaveLength(numbers.length);
    });

    it('make one transfer for a double click that reaches both at once, and for another click just afterwards', async () => {
      const { transfer } = await save('transfer', { doubleClick: 10 });
      const parameters = { step: 'complete' };
      const transfers = [transfer(0, { parameters }), transfer(1, { parameters })];
      await answerFirst('yes');
      const answers = [...(await Promise.all(transfers)), await transfer(1, { parameters })];
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      const made = await Promise.all(answers.map((each) => jsonOf(each, AnyObject)));
      expect(made).toEqual([made[0], made[0], made[0]]);
      expect(answers[2]?.headers.get('Idempotent-Replayed')).toBe('true');
      expect(ringing).toHaveLength(1);
    });

    it("both return the outcome and the vendor's status of one transfer made for a double click", async () => {
      const folder = await folderWithAdapter(
        `() => ({ features: { transfer: async () => ({ status: 'accepted', outcome: 'busy', vendorStatus: 'OCUPADO' }) } })`,
      );
      const first = hosts.length;
      for (let count = 0; count < 2; count += 1)
        await startHost({ ADAPTERS: 'acme-adapter' }, folder);
      const document = {
        id: 'told',
        name: 'Cobranca Sul',
        connections: { dialer: { adapter: 'acme', settings: {} } },
        features: { transfer: 'dialer' },
        rules: { doubleClick: 10 },
      };
      expect((await send(first, 'told?check=skip', 'PUT', document)).status).toBe(201);
      const json = { queue: '7', extension: '1001', destination: '200' };
      const answers = await Promise.all(
        [first, first + 1].map((host) => send(host, 'told/transfers', 'POST', json)),
      );
      const [one, other] = await Promise.all(answers.map((each) => jsonOf(each, AnyObject)));
      expect(one).toMatchObject({ outcome: 'busy', vendorStatus: 'OCUPADO' });
      expect(other).toEqual(one);
    });

    it('make separate transfers if the destination, the call or a parameter differs', async () => {
      const { transfer } = await save('transfers', { doubleClick: 10 });
      const transfers = [
        transfer(0),
        transfer(1, { destination: '201' }),
        transfer(0, { callId: 'c-7' }),
        transfer(1, { parameters: { step: 'complete' } }),
      ];
      const late = setInterval(() => ringing.forEach((answer) => answer('yes')), 5);
      const answers = await Promise.all(transfers);
      clearInterval(late);
      const again = answers.map(({ headers }) => headers.get('Idempotent-Replayed'));
      expect(again).toEqual([null, null, null, null]);
      expect(ringing).toHaveLength(4);
    });

    it("make a refused transfer again for the second click, and both report it in doubt if the vendor's answer is lost", async () => {
      const { transfer } = await save('transfer-refused', { doubleClick: 10 });
      const first = [transfer(0), transfer(1)];
      await answerFirst('no');
      await answerFirst('nothing');
      const answers = await Promise.all([...first, transfer(0), transfer(1)]);
      const problems = await Promise.all(answers.map((each) => jsonOf(each, AnyObject)));
      const codes = problems.map(({ code }) => code);
      expect(codes).toContain('refused');
      expect(codes.filter((code) => code === 'network')).toHaveLength(3);
      expect(ringing).toHaveLength(2);
    });
  },
);
