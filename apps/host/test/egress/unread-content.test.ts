// A body that is made while it is sent, and whose rest nobody reads: the cursor or file behind it must not stay open.
import { startLoopbackServer } from '@finaz-telephony/testing';
import { describe, expect, it } from 'vitest';
import { failureOf, httpVendor, rawVendor, startEgress } from './egress-under-test.ts';

/** A file without end. @param next makes its next piece */
function openFile(next = async () => Buffer.alloc(65_536)) {
  const closed = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      controller.enqueue(await next());
    },
    cancel: () => closed.resolve(),
  });
  return {
    init: { method: 'POST', body, duplex: 'half' } as const,
    closed: closed.promise,
  };
}

const quick = { requestsPerSecond: 1000, concurrency: 10, timeoutMs: 150 };
const rare = { ...quick, requestsPerSecond: 0.1 };

const saying = (head: string) =>
  rawVendor((socket) => socket.write(`HTTP/1.1 ${head}\r\nContent-Length: 2\r\n\r\n{}`));

describe('the source of a body whose request does not leave', () => {
  it.each([
    ['its URL is not valid', 'no address', 'invalid_config'],
    ['its address is not permitted', 'http://10.0.0.1/', 'address_blocked'],
  ])('is closed if %s', async (_name, url, code) => {
    const { init, closed } = openFile();
    expect(await failureOf(startEgress().fetch(url, init))).toMatchObject({ code });
    await closed;
  });

  it('is closed if nothing listens at the address', async () => {
    const gone = await startLoopbackServer(() => undefined);
    await gone.close();
    const { init, closed } = openFile();
    const error = await failureOf(startEgress().fetch(gone.url, init));
    expect(error).toMatchObject({ code: 'network', delivery: 'not_sent' });
    await closed;
  });

  it('is closed if the host name is unknown', async () => {
    const unknown = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    const egress = startEgress({}, { resolve: () => Promise.reject(unknown) });
    const { init, closed } = openFile();
    const error = await failureOf(egress.fetch('http://pabx.example/', init));
    expect(error).toMatchObject({ code: 'network', delivery: 'not_sent' });
    await closed;
  });

  it('is closed if no connection opens in time', async () => {
    const egress = startEgress({ limits: quick }, { resolve: () => new Promise(() => undefined) });
    const { init, closed } = openFile();
    const error = await failureOf(egress.fetch('http://pabx.example/', init));
    expect(error).toMatchObject({ code: 'timeout', delivery: 'not_sent' });
    await closed;
  });

  it('is closed if the rate limit of the connection is reached', async () => {
    const { url } = await httpVendor((_request, response) => response.end());
    const egress = startEgress({ limits: rare });
    await egress.fetch(url);
    const { init, closed } = openFile();
    expect(await failureOf(egress.fetch(url, init))).toMatchObject({ code: 'rate_limited' });
    await closed;
  });

  it('is closed if the caller has already given up', async () => {
    const { url } = await httpVendor(() => undefined);
    const { init, closed } = openFile();
    const signal = AbortSignal.abort();
    const error = await failureOf(startEgress().fetch(url, { ...init, signal }));
    expect(error).toMatchObject({ code: 'network', delivery: 'not_sent' });
    await closed;
  });

  it('is closed if the request is held back at the last moment', async () => {
    const { url } = await httpVendor(() => undefined);
    const { init, closed } = openFile();
    const error = await failureOf(startEgress({ mayLeave: () => false }).fetch(url, init));
    expect(error).toMatchObject({ code: 'network', delivery: 'not_sent' });
    await closed;
  });
});

describe('the source of a body whose request breaks off', () => {
  it('is closed if the request times out', async () => {
    const { url } = await httpVendor(() => undefined);
    const { init, closed } = openFile();
    const error = await failureOf(startEgress({ limits: quick }).fetch(url, init));
    expect(error).toMatchObject({ code: 'timeout', delivery: 'unknown' });
    await closed;
  });

  it('is closed if the caller gives up', async () => {
    const leaving = new AbortController();
    const { url } = await httpVendor(() => leaving.abort());
    const { init, closed } = openFile();
    const error = await failureOf(startEgress().fetch(url, { ...init, signal: leaving.signal }));
    expect(error).toMatchObject({ code: 'network', delivery: 'unknown' });
    await closed;
  });

  it('is closed if the connection breaks', async () => {
    const { url } = await rawVendor((socket) => socket.resetAndDestroy());
    const { init, closed } = openFile();
    const error = await failureOf(startEgress().fetch(url, init));
    expect(error).toMatchObject({ code: 'network', delivery: 'unknown' });
    await closed;
  });

  it('is closed if a redirect would need the body a second time', async () => {
    const { url } = await saying('307 Temporary Redirect\r\nLocation: /other');
    const { init, closed } = openFile();
    const error = await failureOf(startEgress().fetch(url, { ...init, redirect: 'follow' }));
    expect(error).toMatchObject({ code: 'unreadable_response', delivery: 'answered' });
    await closed;
  });
});

describe('the source of a body that is answered before its end', () => {
  it.each(['401 Unauthorized', '413 Content Too Large\r\nConnection: close'])(
    'is closed when the vendor answers %j',
    async (head) => {
      const { url } = await saying(head);
      const { init, closed } = openFile();
      const response = await startEgress().fetch(url, init);
      expect(await response.text()).toBe('{}');
      await closed;
    },
  );

  it('is closed even if nobody reads the answer', async () => {
    const { url } = await saying('401 Unauthorized');
    const { init, closed } = openFile();
    expect(await startEgress().fetch(url, init)).toMatchObject({ status: 401 });
    await closed;
  });

  it('is closed if the answer is cancelled before it is complete', async () => {
    const { url } = await rawVendor((socket) =>
      socket.write('HTTP/1.1 401 Unauthorized\r\nContent-Length: 9\r\n\r\n{'),
    );
    const { init, closed } = openFile();
    const response = await startEgress().fetch(url, init);
    await response.body?.cancel();
    await closed;
  });

  it('is closed even while it waits for its next piece, which never comes', async () => {
    let isFirst = true;
    const { init, closed } = openFile(async () => {
      if (!isFirst) return new Promise(() => undefined);
      isFirst = false;
      return Buffer.from('ID;CPF');
    });
    const { url } = await saying('401 Unauthorized');
    const response = await startEgress().fetch(url, init);
    expect(await response.text()).toBe('{}');
    await closed;
  });
});

it('a body source that fails to close does not change the outcome of its request', async () => {
  const post = () => {
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(Buffer.alloc(65_536)),
      cancel: () => Promise.reject(new Error('the cursor is gone')),
    });
    return { method: 'POST', body, duplex: 'half' } as const;
  };
  const gone = await startLoopbackServer(() => undefined);
  await gone.close();
  const error = await failureOf(startEgress().fetch(gone.url, post()));
  expect(error).toMatchObject({ code: 'network', delivery: 'not_sent' });
  const { url } = await saying('401 Unauthorized');
  expect(await (await startEgress().fetch(url, post())).text()).toBe('{}');
});
