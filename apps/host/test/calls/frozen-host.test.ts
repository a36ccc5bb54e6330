import { startLoopbackServer } from '@finaz-telephony/testing';
import { afterEach, expect, test, vi } from 'vitest';
import { AnyObject, jsonOf } from '../support/json.ts';
import { startTestHost } from '../support/test-host.ts';
import { wholeBody } from '../support/whole-body.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

test.skipIf(process.env['DATABASE_URL'] === undefined)(
  'a call that waits its turn on a frozen host is not placed once other hosts may have put it in doubt (on PostgreSQL alone: npm run test:postgres)',
  async () => {
    const rung: string[] = [];
    const first = Promise.withResolvers<void>();
    const answering = Promise.withResolvers<void>();
    const vendor = await startLoopbackServer(async (request, response) => {
      rung.push(String(await wholeBody(request)));
      first.resolve();
      await answering.promise;
      response.end('{}');
    });
    const host = await startTestHost({
      document: {
        connections: {
          dialer: {
            adapter: 'generic-http',
            settings: {
              baseUrl: vendor.url,
              click2call: {
                request: { method: 'POST', url: '/', body: { json: '{{ extension }}' } },
              },
            },
            limits: { concurrency: 1, timeout: 60 },
          },
        },
        features: { click2call: 'dialer' },
      },
    });
    const place = (extension: string) =>
      host.tenant('/calls', {
        json: { queue: '7', extension, areaCode: '41', number: '99999-8888' },
      });
    const states = async () => {
      const { calls } = await jsonOf(await host.tenant('/calls'), AnyObject);
      return JSON.stringify(calls).match(/"state":"\w+"/g);
    };
    try {
      const placed = place('1001');
      await first.promise;
      const waiting = place('1002');
      await expect.poll(states).toEqual(['"state":"sending"', '"state":"sending"']);
      const [monotonic, date] = [performance.now.bind(performance), Date.now];
      vi.spyOn(performance, 'now').mockImplementation(() => monotonic() + 20_000);
      vi.spyOn(Date, 'now').mockImplementation(() => date() + 20_000);
      answering.resolve();
      expect((await placed).status).toBe(201);
      expect(await jsonOf(await waiting, AnyObject)).toMatchObject({ delivery: 'not_sent' });
      expect(rung).toEqual(['"1001"']);
    } finally {
      answering.resolve();
      await host.stop();
      await vendor.close();
    }
  },
);
