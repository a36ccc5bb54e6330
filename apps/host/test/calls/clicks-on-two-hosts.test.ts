// What a load balancer gives to two hosts by turns: the rules of a company hold for all of them.
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
    /** Each that rings at the telephone system, to be answered by the test. */
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

    it('place one call for a double click that came to both at once, and both tell of it', async () => {
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

    it('place one call where the second click comes to the other one after the answer', async () => {
      const { click } = await save('afterwards', { doubleClick: 10 });
      const first = click(0);
      await answerFirst('yes');
      const placed = await jsonOf(await first, PlacedShape);
      const second = await click(1);
      expect(second.headers.get('Idempotent-Replayed')).toBe('true');
      expect(await jsonOf(second, PlacedShape)).toEqual(placed);
      expect(ringing).toHaveLength(1);
    });

    it('place one call however long the telephone system takes for it', async () => {
      const { click } = await save('slow', { doubleClick: 10 });
      const first = click(0);
      await rung.promise;
      rung = Promise.withResolvers();
      const client = new pg.Client({ connectionString: place.databaseUrl });
      await client.connect();
      await client.query("update calls set updated_at = 0 where tenant_id = 'slow'");
      await client.end();
      const second = click(1);
      // By the time that this one rings, the other host has looked for the click before it, too.
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

    it('try again what was refused to the other one', async () => {
      const { click } = await save('refused', { doubleClick: 10 });
      const clicks = [click(0), click(1)];
      await answerFirst('no');
      await answerFirst('yes');
      const answers = await Promise.all(clicks);
      expect(answers.map(({ status }) => status).toSorted(ascending)).toEqual([201, 422]);
      expect(ringing).toHaveLength(2);
    });

    it('are both in doubt about what one of them is', async () => {
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

    it('call a number no more often in a day than the company allows, whichever operators want it at once', async () => {
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

    it('transfer once for a double click that came to both at once, and once more just afterwards', async () => {
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

    it('tell the same of the call to the destination', async () => {
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

    it('transfer each where the destination, the call or a parameter is another one', async () => {
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

    it('try again the transfer that was refused to the other one, and are both in doubt about one that is', async () => {
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
