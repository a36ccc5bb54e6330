import { startLoopbackServer, type LoopbackServer } from '@finaz-telephony/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contacts } from '../support/mailings.ts';
import { startTestHost, type TestHost } from '../support/test-host.ts';
import { wholeBody } from '../support/whole-body.ts';

describe('companies that load at the same time', () => {
  const each = 200;
  const big = 2000;
  const limit = 4;
  let host: TestHost;
  let vendor: LoopbackServer;
  /** Queues in the order in which their contacts arrived. */
  let arrivals: string[];
  let gate: PromiseWithResolvers<void>;

  beforeAll(async () => {
    host = await startTestHost();
    vendor = await startLoopbackServer(async (request, response) => {
      if (!(await wholeBody(request))) return;
      arrivals.push(request.url?.split('/')[1] ?? '');
      await gate.promise;
      response.end('{}');
    });
  });
  afterAll(async () => {
    await vendor.close();
    await host.stop();
  });

  const countOf = (queue: string) => arrivals.filter((name) => name === queue).length;

  async function load(tenant: string, queue: string, count: number): Promise<void> {
    const sent = await host.ask(`/v1/tenants/${tenant}/mailings?queue=${queue}`, {
      json: contacts(count),
    });
    expect(sent.status).toBe(202);
  }

  async function saveTenant(id: string, concurrency = limit): Promise<void> {
    const saved = await host.ask(`/v1/tenants/${id}`, {
      method: 'PUT',
      json: {
        id,
        name: 'Share',
        connections: {
          dialer: {
            adapter: 'generic-http',
            settings: {
              baseUrl: vendor.url,
              contactLoad: {
                request: {
                  method: 'POST',
                  url: '/{{ queue }}',
                  body: { json: { id: '{{ contactId }}' } },
                },
              },
            },
            limits: { requestsPerSecond: 10_000, concurrency },
          },
        },
        features: { contactLoad: 'dialer' },
      },
    });
    expect(saved.status).toBe(201);
  }

  async function until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  it('get a similar share each, even if one of them loads ten times as much', async () => {
    arrivals = [];
    gate = Promise.withResolvers();
    const tenants = Array.from({ length: 20 }, (_, index) => `t${index + 1}`);
    for (const id of tenants) await saveTenant(id);
    await load('t1', 't1', big);
    await Promise.all(tenants.slice(1).map((id) => load(id, id, each)));
    // No request is answered before every company has some under way.
    await until(() => tenants.every((id) => countOf(id) === limit));
    gate.resolve();
    await until(() => tenants.slice(1).every((id) => countOf(id) === each));

    const firstDone = Math.min(...tenants.slice(1).map((id) => arrivals.lastIndexOf(id)));
    const shares = tenants.map(
      (id) => arrivals.slice(0, firstDone + 1).filter((name) => name === id).length,
    );
    expect(Math.min(...shares)).toBeGreaterThan(each / 2);
    // The big one is neither starved nor favoured.
    expect(shares[0]).toBeLessThan(each * 2);
    await until(() => countOf('t1') === big);
  });

  it('find room beside a company that loads into more queues than a host works on at once', async () => {
    arrivals = [];
    gate = Promise.withResolvers();
    await saveTenant('many', 64);
    await saveTenant('few');
    for (let queue = 1; queue <= 70; queue += 1) await load('many', `q${queue}`, 1);
    await until(() => new Set(arrivals).size >= 16);
    await load('few', 'own', 1);
    await until(() => countOf('own') === 1);
    expect(new Set(arrivals).size).toBe(17);
    gate.resolve();
    await until(() => new Set(arrivals).size === 71);
  });
});
