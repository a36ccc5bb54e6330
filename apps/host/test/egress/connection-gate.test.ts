import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { failureOf, httpVendor, rawVendor, startEgress } from './egress-under-test.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** A vendor that holds every answer back until it is released. */
async function holding(expected: number) {
  const held: ServerResponse[] = [];
  const all = Promise.withResolvers<void>();
  let isReleased = false;
  const vendor = await httpVendor((_request, response) => {
    if (isReleased) response.end('ok');
    else held.push(response);
    if (held.length === expected) all.resolve();
  });
  return {
    url: vendor.url,
    held,
    allHeld: all.promise,
    release() {
      isReleased = true;
      for (const response of held) response.end('ok');
    },
  };
}

const oneSocket = { requestsPerSecond: 1000, concurrency: 1, timeoutMs: 5000 };

describe('the sockets of a connection', () => {
  it('are reused: ten requests, one after the other, open one socket', async () => {
    const vendor = await httpVendor((_request, response) => response.end('ok'));
    const { fetch } = startEgress({ limits: oneSocket });
    for (let count = 0; count < 10; count += 1)
      expect(await (await fetch(vendor.url)).text()).toBe('ok');
    expect(vendor.sockets).toHaveLength(1);
  });

  it('are not shared with another company, nor with another connection of the same company', async () => {
    const vendor = await httpVendor((_request, response) => response.end('ok'));
    const { fetch, fetchAs } = startEgress();
    await (await fetch(vendor.url)).text();
    await (await fetchAs({ tenantId: '2000' })(vendor.url)).text();
    await (await fetchAs({ connection: 'other' })(vendor.url)).text();
    expect(vendor.sockets).toHaveLength(3);
  });

  it('do not slow down another company while all of them hang', async () => {
    const vendor = await holding(2);
    const fine = await httpVendor((_request, response) => response.end('ok'));
    const leaving = new AbortController();
    const limits = { requestsPerSecond: 1000, concurrency: 2, timeoutMs: 60_000 };
    const { fetchAs } = startEgress({ limits });
    const hanging = fetchAs({ tenantId: '2000', signal: leaving.signal });
    const hung = Array.from({ length: 4 }, () => failureOf(hanging(vendor.url)));
    await vendor.allHeld;
    const startedAt = performance.now();
    for (let count = 0; count < 5; count += 1)
      expect(await (await fetchAs({ tenantId: '1042' })(fine.url)).text()).toBe('ok');
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    leaving.abort();
    await Promise.all(hung);
  });

  it('make a request time out as not sent if all of them stay busy', async () => {
    const vendor = await httpVendor((_request, response) => {
      response.write('half');
    });
    const limits = { requestsPerSecond: 1000, concurrency: 1, timeoutMs: 150 };
    const egress = startEgress({ limits });
    const busy = await egress.fetch(vendor.url, { timeoutMs: 60_000 });
    const error = await failureOf(egress.fetch(vendor.url, { method: 'POST' }));
    expect(error).toMatchObject({ code: 'timeout', delivery: 'not_sent' });
    await busy.body?.cancel();
  });

  it('that become free do not carry a request already reported as not sent', async () => {
    const asked: string[] = [];
    const half = Promise.withResolvers<ServerResponse>();
    const vendor = await httpVendor((request, response) => {
      asked.push(request.url ?? '');
      if (request.url !== '/busy') return void response.end('ok');
      response.write('half');
      half.resolve(response);
    });
    const { fetch } = startEgress({ limits: oneSocket });
    const busy = await fetch(`${vendor.url}/busy`);
    const call = fetch(`${vendor.url}/call`, { method: 'POST', timeoutMs: 50 });
    expect(await failureOf(call)).toMatchObject({ delivery: 'not_sent' });
    // Waits for the same socket, behind the request that was given up.
    const next = fetch(`${vendor.url}/next`);
    (await half.promise).end();
    await busy.text();
    await (await next).text();
    expect(asked).toEqual(['/busy', '/next']);
  });

  it('are not taken up by a recording, which a listener may pause for half an hour', async () => {
    const vendor = await httpVendor((request, response) => {
      if (request.url === '/recording') response.write('half');
      else response.end('ok');
    });
    const { fetch, fetchAs } = startEgress({ limits: oneSocket });
    const heard = await fetchAs({ feature: 'recording' })(`${vendor.url}/recording`);
    expect(await (await fetch(vendor.url)).text()).toBe('ok');
    await heard.body?.cancel();
  });

  it('do not exceed their limit while one is busy, even if 4000 other connections come up', async () => {
    const vendor = await httpVendor((request, response) => {
      if (request.url === '/busy') response.write('half');
      else response.end('ok');
    });
    const limits = { ...oneSocket, timeoutMs: 1000 };
    const { fetch, fetchAs } = startEgress({ limits });
    const busy = await fetch(`${vendor.url}/busy`, { timeoutMs: 60_000 });
    // More connections than a host keeps sockets for.
    for (let index = 0; index < 4000; index += 1)
      await failureOf(
        fetchAs({ connection: `other-${index}`, signal: AbortSignal.abort() })(vendor.url),
      );
    expect(await failureOf(fetch(vendor.url))).toMatchObject({ delivery: 'not_sent' });
    expect(vendor.sockets).toHaveLength(1);
    await busy.body?.cancel();
  });
});

/** The second of two requests waits a second for its turn. */
const oneEachSecond = { requestsPerSecond: 1, concurrency: 10, timeoutMs: 5000 };

describe('a request that waits because of the rate limit', () => {
  it('is sent even if the host drops the idle sockets of its connection meanwhile', async () => {
    const vendor = await httpVendor((_request, response) => response.end('ok'));
    const egress = startEgress({ limits: oneEachSecond });
    await (await egress.fetch(vendor.url)).text();
    const waiting = egress.fetch(vendor.url);
    // More connections than a host keeps sockets for: the first connection has no request under way, so its sockets go first.
    const others = Array.from({ length: 4000 }, (_, index) =>
      failureOf(
        egress.fetchAs({ connection: `other-${index}`, signal: AbortSignal.abort() })(vendor.url),
      ),
    );
    await Promise.all(others);
    expect(await (await waiting).text()).toBe('ok');
  });

  it('fails as not sent when the host shuts down, and so does any later request', async () => {
    let seen = 0;
    const vendor = await httpVendor((_request, response) => {
      seen += 1;
      response.end('ok');
    });
    const egress = startEgress({ limits: oneEachSecond });
    await (await egress.fetch(vendor.url)).text();
    const waiting = failureOf(egress.fetch(vendor.url));
    await egress.close();
    const later = failureOf(egress.fetchAs({ connection: 'other' })(vendor.url));
    for (const failure of await Promise.all([waiting, later]))
      expect(failure).toMatchObject({
        delivery: 'not_sent',
        hint: expect.stringContaining('this host is shutting down'),
      });
    expect(seen).toBe(1);
  });
});

describe('the limit of concurrent requests', () => {
  it('lets as many requests wait as may run, and refuses the next as rate limited with nothing sent', async () => {
    const vendor = await holding(2);
    const limits = { requestsPerSecond: 1000, concurrency: 2, timeoutMs: 5000 };
    const egress = startEgress({ limits });
    const running = Array.from({ length: 4 }, async () => (await egress.fetch(vendor.url)).text());
    await vendor.allHeld;
    const error = await failureOf(egress.fetch(vendor.url));
    expect(error).toMatchObject({
      code: 'rate_limited',
      delivery: 'not_sent',
      retryable: true,
      retryAfterMs: 1000,
    });
    expect(error.message).toContain('"dialer"');
    expect(vendor.held).toHaveLength(2);
    vendor.release();
    expect(await Promise.all(running)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(egress.records.map(({ errorCode }) => errorCode)).toContain('rate_limited');
  });
});

describe('the limit of requests per second', () => {
  const limits = { requestsPerSecond: 2, concurrency: 10, timeoutMs: 5000 };

  it('delays a request briefly, but refuses a request that would have to wait long', async () => {
    let served = 0;
    const vendor = await httpVendor((_request, response) => {
      served += 1;
      response.end('ok');
    });
    let at = 1_000_000;
    const egress = startEgress({ limits }, { now: () => at });
    const send = async () => (await egress.fetch(vendor.url)).text();
    expect([await send(), await send()]).toEqual(['ok', 'ok']);

    vi.useFakeTimers({ toFake: ['setTimeout'] });
    const waiting = Array.from({ length: 4 }, send);
    const error = await failureOf(egress.fetch(vendor.url));
    expect(error).toMatchObject({ code: 'rate_limited', delivery: 'not_sent', retryAfterMs: 2500 });
    expect(served).toBe(2);
    expect(vi.getTimerCount()).toBe(4);
    await vi.advanceTimersByTimeAsync(2000);
    vi.useRealTimers();
    await Promise.all(waiting);
    expect(served).toBe(6);

    at += 3000;
    expect([await send(), await send()]).toEqual(['ok', 'ok']);
  });

  it('applies to each connection of each company separately', async () => {
    const vendor = await httpVendor((_request, response) => response.end('ok'));
    const slow = { ...limits, requestsPerSecond: 0.1 };
    const egress = startEgress({ limits: slow }, { now: () => 1_000_000 });
    await (await egress.fetch(vendor.url)).text();
    expect(await failureOf(egress.fetch(vendor.url))).toMatchObject({
      code: 'rate_limited',
      retryAfterMs: 10_000,
    });
    expect((await egress.fetchAs({ tenantId: '2000' })(vendor.url)).status).toBe(200);
    expect((await egress.fetchAs({ connection: 'other' })(vendor.url)).status).toBe(200);
  });
});

it('the rate limit of a connection still holds after the clock is set an hour ahead', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const vendor = await httpVendor((_request, response) => response.end('ok'));
  const limits = { requestsPerSecond: 0.1, concurrency: 1, timeoutMs: 1000 };
  const { fetch } = startEgress({ limits });
  expect((await fetch(vendor.url)).status).toBe(200);
  vi.setSystemTime(Date.now() + 3_600_000);
  expect(await failureOf(fetch(vendor.url))).toMatchObject({ code: 'rate_limited' });
});

describe('the circuit breaker', () => {
  /** A vendor that breaks every connection off while it is down. */
  async function unsteady() {
    const state = { isDown: true, asked: 0 };
    const vendor = await rawVendor((socket) => {
      state.asked += 1;
      if (state.isDown) socket.resetAndDestroy();
      else socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok');
    });
    return { url: vendor.url, state };
  }

  it('opens after ten failures in a row, lets one request try after five seconds, and closes when requests succeed', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { url, state } = await unsteady();
    const egress = startEgress();
    for (let count = 0; count < 10; count += 1)
      expect(await failureOf(egress.fetch(url))).toMatchObject({ code: 'network' });
    const open = { code: 'unavailable', delivery: 'not_sent', retryable: true, retryAfterMs: 5000 };
    expect(await failureOf(egress.fetch(url))).toMatchObject(open);
    expect(state.asked).toBe(10);
    expect(egress.records.at(-1)).toMatchObject({ status: null, errorCode: 'unavailable' });
    // The breaker of one company does not hold up another company's connection to the same vendor.
    expect(await failureOf(egress.fetchAs({ tenantId: '2000' })(url))).toMatchObject({
      code: 'network',
    });

    vi.advanceTimersByTime(5001);
    expect(await failureOf(egress.fetch(url))).toMatchObject({ code: 'network' });
    expect(await failureOf(egress.fetch(url))).toMatchObject(open);
    expect(state.asked).toBe(12);

    state.isDown = false;
    vi.advanceTimersByTime(5001);
    for (let count = 0; count < 3; count += 1)
      expect(await (await egress.fetch(url)).text()).toBe('ok');
  });

  it('lets a request try after five seconds even if the clock is set back, which would otherwise block calls for an hour', async () => {
    vi.useFakeTimers({ toFake: ['performance', 'Date'] });
    const { url, state } = await unsteady();
    const { fetch } = startEgress();
    for (let count = 0; count < 10; count += 1) await failureOf(fetch(url));
    expect(await failureOf(fetch(url))).toMatchObject({ code: 'unavailable' });
    state.isDown = false;
    vi.setSystemTime(Date.now() - 3_600_000);
    expect(await failureOf(fetch(url))).toMatchObject({ code: 'unavailable' });
    vi.advanceTimersByTime(5001);
    expect(await (await fetch(url)).text()).toBe('ok');
  });

  it('does not count error answers, refusals by the host itself, or callers that give up', async () => {
    let leaving = new AbortController();
    const vendor = await httpVendor((request, response) => {
      if (request.url === '/hang') leaving.abort();
      else response.writeHead(503).end();
    });
    const { fetch, fetchAs } = startEgress();
    const twelveTimes = async (send: () => Promise<void>) => {
      for (let count = 0; count < 12; count += 1) await send();
    };
    const busy = async () => {
      const response = await fetch(vendor.url);
      expect(response.status).toBe(503);
      await response.text();
    };
    await twelveTimes(busy);
    await twelveTimes(async () => {
      expect(await failureOf(fetch('http://10.0.0.1/'))).toMatchObject({ code: 'address_blocked' });
    });
    await twelveTimes(async () => {
      leaving = new AbortController();
      const error = await failureOf(fetchAs({ signal: leaving.signal })(`${vendor.url}/hang`));
      expect(error).toMatchObject({ code: 'network', delivery: 'unknown' });
    });
    await busy();
  });

  it('does not count requests that time out in the host because other answers keep all sockets busy', async () => {
    const vendor = await httpVendor((request, response) => {
      if (request.url === '/long') response.write('half');
      else response.end('ok');
    });
    const limits = { requestsPerSecond: 1000, concurrency: 1, timeoutMs: 100 };
    const { fetch } = startEgress({ limits });
    const long = await fetch(`${vendor.url}/long`, { timeoutMs: 60_000 });
    for (let count = 0; count < 12; count += 1) {
      const error = await failureOf(fetch(vendor.url, { method: 'POST' }));
      expect(error).toMatchObject({ code: 'timeout', delivery: 'not_sent' });
      expect(error.message).toContain('were taken');
    }
    await long.body?.cancel();
    await expect.poll(() => fetch(vendor.url).then(({ status }) => status)).toBe(200);
  });
});

describe('a recording that waits for a socket', () => {
  it('times out after the limit of its connection, even if its request allows more time', async () => {
    const vendor = await httpVendor((_request, response) => {
      response.write('half');
    });
    const limits = { requestsPerSecond: 1000, concurrency: 1, timeoutMs: 200 };
    const { fetch } = startEgress({ limits, feature: 'recording' });
    const heard = await fetch(vendor.url, { timeoutMs: 60_000 });
    const error = await failureOf(fetch(vendor.url, { timeoutMs: 60_000 }));
    expect(error).toMatchObject({ code: 'timeout', delivery: 'not_sent' });
    expect(error.message).toContain('0.2 s');
    await heard.body?.cancel();
  });
});
