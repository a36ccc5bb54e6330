import { startLoopbackServer } from '@finaz-telephony/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { EgressResponse } from '../../src/egress/egress-response.ts';
import { failureOf, httpVendor, rawVendor, startEgress } from './egress-under-test.ts';

const quick = { requestsPerSecond: 1000, concurrency: 10, timeoutMs: 150 };

/** Time limits run out only when the test says so, however slow a busy machine is. */
function holdTime(): (ms: number) => void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  return (ms) => vi.advanceTimersByTime(ms);
}

describe('a request to a vendor that fails', () => {
  it('times out in doubt if the vendor never answers', async () => {
    const pass = holdTime();
    const vendor = await httpVendor(() => pass(quick.timeoutMs));
    const egress = startEgress({ limits: quick });
    const error = await failureOf(
      egress.fetch(`${vendor.url}/dial`, { method: 'POST', body: 'x' }),
    );
    expect(error).toMatchObject({ code: 'timeout', delivery: 'unknown', retryable: true });
    expect(error.message).toContain('0.15 s');
    expect(egress.records).toMatchObject([{ status: null, errorCode: 'timeout' }]);
  });

  it('times out in doubt if the vendor stops in the middle of its answer', async () => {
    const vendor = await httpVendor((_request, response) => {
      response.write('half');
    });
    const pass = holdTime();
    const egress = startEgress({ limits: quick });
    const response = await egress.fetch(vendor.url);
    pass(quick.timeoutMs);
    expect(await failureOf(response.text())).toMatchObject({
      code: 'timeout',
      delivery: 'unknown',
    });
    expect(egress.records).toMatchObject([{ status: 200, errorCode: 'timeout' }]);
  });

  it('times out in doubt if the vendor keeps sending interim answers (102) only', async () => {
    const vendor = await rawVendor((socket) => {
      const promising = setInterval(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), 20);
      socket.once('close', () => clearInterval(promising));
    });
    const egress = startEgress({ limits: quick });
    const startedAt = performance.now();
    const error = await failureOf(egress.fetch(vendor.url, { timeoutMs: 60_000 }));
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    expect(error).toMatchObject({ code: 'timeout', delivery: 'unknown' });
  });

  it('is in doubt if the connection breaks before the answer', async () => {
    const vendor = await rawVendor((socket) => socket.resetAndDestroy());
    const egress = startEgress();
    const error = await failureOf(egress.fetch(vendor.url, { method: 'POST', body: 'x' }));
    expect(error).toMatchObject({ code: 'network', delivery: 'unknown' });
    expect(egress.records).toMatchObject([{ status: null, errorCode: 'network' }]);
  });

  it('is in doubt if the connection breaks in the middle of the answer', async () => {
    const vendor = await rawVendor((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf', () =>
        socket.resetAndDestroy(),
      );
    });
    const egress = startEgress();
    const work = egress.fetch(vendor.url).then((response) => response.text());
    expect(await failureOf(work)).toMatchObject({ code: 'network', delivery: 'unknown' });
    await egress.recorded(1);
    expect(egress.records).toMatchObject([{ errorCode: 'network' }]);
  });

  it('is in doubt if the answer ends before its stated length', async () => {
    const vendor = await rawVendor((socket) => {
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
    });
    const work = startEgress()
      .fetch(vendor.url)
      .then((response) => response.text());
    expect(await failureOf(work)).toMatchObject({ code: 'network', delivery: 'unknown' });
  });

  it('fails as not sent if nothing listens at the address', async () => {
    const gone = await startLoopbackServer(() => undefined);
    await gone.close();
    const egress = startEgress();
    const error = await failureOf(egress.fetch(`${gone.url}/dial?number=41999998888`));
    expect(error).toMatchObject({ code: 'network', delivery: 'not_sent', retryable: true });
    expect(error.message).toBe(
      'Nothing listens at the address of the telephone system (connection "dialer", ECONNREFUSED).',
    );
    expect(egress.records).toMatchObject([{ status: null, errorCode: 'network' }]);
  });

  it('fails as not sent if the host name is unknown', async () => {
    const unknown = Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND' });
    const egress = startEgress({}, { resolve: () => Promise.reject(unknown) });
    const error = await failureOf(egress.fetch('http://pabx.example/'));
    expect(error).toMatchObject({ code: 'network', delivery: 'not_sent' });
    expect(error.message).toContain('name');
  });

  it('times out as not sent if the host name never resolves', async () => {
    const egress = startEgress({ limits: quick }, { resolve: () => new Promise(() => undefined) });
    const error = await failureOf(egress.fetch('http://pabx.example/', { method: 'POST' }));
    expect(error).toMatchObject({ code: 'timeout', delivery: 'not_sent' });
  });

  it.each([
    ['a lone CR in a header', 'HTTP/1.1 200 OK\r\nX-A: one\rX-B: two\r\n\r\n'],
    ['a header of line feeds only', 'HTTP/1.1 200 OK\nContent-Length : 0\n\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.6\r\n'],
  ])('is in doubt if the answer is not valid HTTP: %s', async (_name, bytes) => {
    const vendor = await rawVendor((socket) => socket.end(bytes));
    expect(await failureOf(startEgress().fetch(vendor.url))).toMatchObject({
      code: 'network',
      delivery: 'unknown',
      message: expect.stringMatching(/^What the telephone system answers is not written as HTTP/),
    });
  });

  it('fails as not sent to a port without TLS, not for its certificate, if an https:// address answers in plain HTTP', async () => {
    const vendor = await rawVendor((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const error = await failureOf(startEgress().fetch(vendor.url.replace('http', 'https')));
    expect(error).toMatchObject({ code: 'network', delivery: 'not_sent' });
    expect(error.message).toContain('speaks no TLS at this port');
    expect(error.hint).toContain('http://');
  });

  it('is in doubt if the headers of the answer are too large', async () => {
    const vendor = await rawVendor((socket) => {
      socket.end(`HTTP/1.1 200 OK\r\nX-A: ${'a'.repeat(40_000)}\r\n\r\n`);
    });
    const error = await failureOf(startEgress().fetch(vendor.url));
    expect(error).toMatchObject({ code: 'response_too_large', delivery: 'unknown' });
  });
});

describe('a request with a header that cannot be sent', () => {
  it.each([
    ['X-Note', 'one\r\nX-Admin: 1'],
    ['Transfer-Encoding', 'chunked'],
    ['X Note', 'segredo'],
    ['Expect', '100-continue'],
    ['Content-Length', '7'],
  ])(
    'is refused as an invalid configuration, without the value in the message: %s',
    async (name, value) => {
      const vendor = await httpVendor((_request, response) => response.end());
      const request = { method: 'POST', body: 'one', headers: { [name]: value } };
      const error = await failureOf(startEgress().fetch(vendor.url, request));
      expect(error).toMatchObject({ code: 'invalid_config', delivery: 'not_sent' });
      expect(error.message).not.toMatch(/Admin|segredo/);
    },
  );
});

describe('a caller that gives up', () => {
  it('cuts off its request at the vendor, and the request is in doubt', async () => {
    const leaving = new AbortController();
    const { promise: cut, resolve } = Promise.withResolvers<void>();
    const vendor = await httpVendor((request) => {
      request.once('close', () => resolve());
      leaving.abort();
    });
    const egress = startEgress({ signal: leaving.signal });
    const error = await failureOf(egress.fetch(vendor.url));
    await cut;
    expect(error).toMatchObject({ code: 'network', delivery: 'unknown' });
    expect(egress.records).toHaveLength(1);
  });

  it('cuts off the answer at the vendor, and the request is in doubt', async () => {
    const leaving = new AbortController();
    const { promise: cut, resolve } = Promise.withResolvers<void>();
    const vendor = await httpVendor((_request, response) => {
      response.once('close', () => resolve());
      response.write('half');
    });
    const egress = startEgress({ signal: leaving.signal });
    const response = await egress.fetch(vendor.url);
    leaving.abort();
    expect(await failureOf(response.text())).toMatchObject({
      code: 'network',
      delivery: 'unknown',
    });
    await cut;
    await egress.recorded(1);
    expect(egress.records).toMatchObject([{ status: 200, errorCode: 'network' }]);
  });

  it('because its time is over gets a timeout, in doubt', async () => {
    const leaving = new AbortController();
    const vendor = await httpVendor(() =>
      leaving.abort(new DOMException('The time is over.', 'TimeoutError')),
    );
    const egress = startEgress({ signal: leaving.signal });
    expect(await failureOf(egress.fetch(vendor.url))).toMatchObject({
      code: 'timeout',
      delivery: 'unknown',
    });
  });

  it('before its request leaves opens no connection, and nothing is sent', async () => {
    const vendor = await httpVendor((_request, response) => response.end());
    const egress = startEgress({ signal: AbortSignal.abort() });
    expect(await failureOf(egress.fetch(vendor.url))).toMatchObject({ delivery: 'not_sent' });
    expect(vendor.sockets).toHaveLength(0);
  });

  it('while its connection is being opened sends nothing, as when a host was suspended past the lease of its load', async () => {
    const asked = vi.fn<() => void>();
    const vendor = await httpVendor((_request, response) => {
      asked();
      response.end();
    });
    let isHeld = true;
    const egress = startEgress(
      { mayLeave: () => isHeld },
      {
        async resolve() {
          isHeld = false;
          return [{ address: '127.0.0.1', family: 4 }];
        },
      },
    );
    const url = `http://pabx.example:${vendor.port}/`;
    expect(await failureOf(egress.fetch(url, { method: 'POST', body: 'x' }))).toMatchObject({
      delivery: 'not_sent',
    });
    expect(asked).not.toHaveBeenCalled();
    isHeld = true;
    await expect(egress.fetch(url, { method: 'POST', body: 'x' })).resolves.toMatchObject({
      status: 200,
    });
  });
});

describe('the record of an exchange', () => {
  const answer = '{"status":"ok"}';
  const vendor = () =>
    httpVendor((_request, response) => {
      response.setHeader('Content-Type', 'application/json');
      response.write(answer.slice(0, 4));
      response.end(answer.slice(4));
    });

  it('is written once when the answer is read, with the concealed values masked', async () => {
    const egress = startEgress({ conceal: [['tok_live', '41999998888']] });
    const { url } = await vendor();
    const response = await egress.fetch(`${url}/dial?token=tok_live`, {
      method: 'POST',
      headers: { Authorization: 'Bearer tok_live', 'X-Other': 'tok_live' },
      body: 'number=41999998888',
    });
    expect(await response.json()).toEqual({ status: 'ok' });
    await egress.recorded(1);
    expect(egress.records).toEqual([
      expect.objectContaining({
        method: 'POST',
        url: `${url}/dial?token=***`,
        requestBody: 'number=***',
        requestHeaders: expect.objectContaining({ authorization: '***', 'x-other': '***' }),
        status: 200,
        responseBody: answer,
        errorCode: null,
      }),
    ]);
  });

  it('omits an answer that brings credentials, unless the answer is an error', async () => {
    const egress = startEgress();
    let status = 200;
    const { url } = await httpVendor((_request, response) =>
      response.writeHead(status, { 'Content-Type': 'text/plain' }).end('sk-7f3a9c'),
    );
    for (status of [200, 401]) await (await egress.fetch(url, { withholdAnswer: true })).text();
    expect(egress.records).toMatchObject([
      { status: 200, responseBody: '[credentials, 9 bytes]' },
      { status: 401, responseBody: 'sk-7f3a9c' },
    ]);
  });

  it('is written once when the answer is cancelled unread', async () => {
    const egress = startEgress();
    const response = await egress.fetch((await vendor()).url);
    expect(response.bodyUsed).toBe(false);
    await response.body?.cancel();
    expect(response.bodyUsed).toBe(true);
    expect(egress.records).toMatchObject([{ status: 200, errorCode: null }]);
  });

  it('is written once when the answer is cancelled in the middle', async () => {
    const endless = await httpVendor((_request, response) => {
      response.write('first');
    });
    const egress = startEgress();
    const response = await egress.fetch(endless.url);
    const reader = response.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe('first');
    await reader?.cancel();
    await egress.recorded(1);
    expect(egress.records).toMatchObject([{ status: 200, errorCode: null }]);
  });

  it('is written once when the stream of the answer is destroyed', async () => {
    const egress = startEgress();
    const response = await egress.fetch((await vendor()).url);
    if (!(response instanceof EgressResponse)) throw new Error('no stream');
    response.stream.destroy();
    await egress.recorded(1);
    expect(egress.records).toMatchObject([{ status: 200, errorCode: null }]);
  });

  it('is written once, as a timeout, when nobody reads the answer', async () => {
    const pass = holdTime();
    const egress = startEgress({ limits: quick });
    await egress.fetch((await vendor()).url);
    pass(quick.timeoutMs);
    await egress.recorded(1);
    expect(egress.records).toMatchObject([{ status: 200, errorCode: 'timeout' }]);
  });

  it('shows no part of a concealed value that the end of the sample of a body cuts in two', async () => {
    const secret = 'tok_0123456789abcdefghijklmnop';
    const long = `${'4199999-8888 '.repeat(470)}${' '.repeat(20)}${secret}`;
    const echo = await httpVendor((_request, response) => {
      response.setHeader('Content-Type', 'text/plain');
      response.end(long);
    });
    const egress = startEgress({ conceal: [[secret, '4199999-8888']] });
    await (await egress.fetch(echo.url, { method: 'POST', body: long })).text();
    await egress.recorded(1);
    const [record] = egress.records;
    expect(record?.requestBody).toMatch(/^(?:\*\*\* ){200,}/);
    expect(record?.responseBody).toMatch(/^(?:\*\*\* ){200,}/);
    expect(`${record?.requestBody}${record?.responseBody}`).not.toMatch(/tok_|\d/);
  });

  it('shows no phone number that the end of the sample cuts in two in a body of bytes', async () => {
    const system = await httpVendor((request, response) => {
      request.resume().on('end', () => response.end('ok'));
    });
    const egress = startEgress();
    const rows = Array.from({ length: 400 }, (_, index) => ({
      situação: 'não',
      fone: `419${87_650_000 + index * 7}`,
    }));
    for (let padding = 0; padding < 40; padding += 1) {
      const body = Buffer.from(JSON.stringify({ padding: 'x'.repeat(2600 + padding), rows }));
      const headers = { 'content-type': 'application/json' };
      await (await egress.fetch(system.url, { method: 'POST', body, headers })).text();
      expect(egress.records.at(-1)?.requestBody).not.toMatch(/\d{7}/);
    }
  });

  it.each(['latin1', 'utf16le'] as const)(
    'shows text of vendors that do not use UTF-8 as text, with its accented personal fields hidden: %s',
    async (charset) => {
      const encoded = (text: string) =>
        Buffer.from(charset === 'utf16le' ? `\ufeff${text}` : text, charset);
      const system = await httpVendor((request, response) => {
        response.setHeader('Content-Type', 'application/json');
        const told = '{"situação":"não atendida","observação":"Maria"}';
        request.resume().on('end', () => response.end(encoded(told)));
      });
      const egress = startEgress();
      const response = await egress.fetch(
        `${system.url}/?observa%E7%E3o=Maria&situa%E7%E3o=n%E3o`,
        {
          method: 'POST',
          body: new Uint8Array(encoded('observação=Maria&situação=não')),
        },
      );
      await response.text();
      await egress.recorded(1);
      expect(egress.records).toMatchObject([
        {
          url: `${system.url}/?observa%E7%E3o=***&situa%E7%E3o=n%E3o`,
          requestBody: 'observação=***&situação=não',
          responseBody: '{"situação":"não atendida","observação":"***"}',
        },
      ]);
    },
  );

  it('shows no phone number that the end of the sample cuts in two in an answer of UTF-16', async () => {
    const egress = startEgress();
    for (let padding = 0; padding < 12; padding += 1) {
      const numbers = `\ufeff${'x'.repeat(padding)} ${'41999998888 '.repeat(400)}`;
      const system = await httpVendor((_request, response) => {
        response.setHeader('Content-Type', 'text/plain');
        response.end(Buffer.from(numbers, 'utf16le'));
      });
      await (await egress.fetch(system.url)).text();
      await egress.recorded(padding + 1);
      const { responseBody } = egress.records[padding] ?? {};
      expect(responseBody).toMatch(/(?:\*+8888 ){100,}/);
      expect(responseBody).not.toMatch(/\d{5}/);
    }
  });
});

describe('a request with a signal of its own', () => {
  it('is cut off in doubt when its own signal aborts', async () => {
    const leaving = new AbortController();
    const vendor = await httpVendor(() => leaving.abort());
    const limits = { requestsPerSecond: 1000, concurrency: 10, timeoutMs: 60_000 };
    const error = await failureOf(
      startEgress({ limits }).fetch(vendor.url, { signal: leaving.signal }),
    );
    expect(error).toMatchObject({ delivery: 'unknown' });
  });

  it('is cut off in doubt when the signal of the work around it aborts', async () => {
    const leaving = new AbortController();
    const vendor = await httpVendor(() => leaving.abort());
    const limits = { requestsPerSecond: 1000, concurrency: 10, timeoutMs: 60_000 };
    const egress = startEgress({ limits, signal: leaving.signal });
    const own = new AbortController();
    expect(await failureOf(egress.fetch(vendor.url, { signal: own.signal }))).toMatchObject({
      delivery: 'unknown',
    });
  });
});
