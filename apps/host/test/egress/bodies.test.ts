import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { ContextRequestInit } from '@finaz-telephony/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EgressResponse } from '../../src/egress/egress-response.ts';
import { wholeBody } from '../support/whole-body.ts';
import { failureOf, httpVendor, rawVendor, startEgress } from './egress-under-test.ts';

const encodings = [
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['br', brotliCompressSync],
  ['deflate', deflateSync],
] as const;

/** A vendor that answers every request with these bytes. */
const answering = (body: Buffer, headers: Readonly<Record<string, string>> = {}) =>
  httpVendor((_request, response) => {
    response.writeHead(200, headers);
    response.end(body);
  });

/** More than the operating system buffers for both ends of a socket. */
const mostBuffered = 12_000_000;

/** Resolves once a number no longer grows, that is, once nothing moves between the vendor and the host any more; fails if it grows without end. */
async function atRest(bytes: () => number): Promise<void> {
  let known = bytes();
  for (let unchanged = 0; unchanged < 50; unchanged += 1) {
    await nextTurn();
    if (bytes() !== known) unchanged = 0;
    known = bytes();
    if (known > mostBuffered) throw new Error(`nothing holds the vendor back: ${known} bytes`);
  }
}

/** A vendor whose answers never end: it writes as long as nothing holds it back. */
async function endlessVendor(size: number, headers: Readonly<Record<string, string>> = {}) {
  const piece = Buffer.alloc(size, 'x');
  let sent = 0;
  const vendor = await httpVendor((_request, response) => {
    response.writeHead(200, headers);
    const write = () => {
      do sent += piece.length;
      while (!response.destroyed && response.write(piece));
    };
    response.on('drain', write);
    write();
  });
  return { url: vendor.url, sent: () => sent };
}

describe('a compressed answer', () => {
  const text = JSON.stringify({ message: 'ligação '.repeat(5000) });

  it.each(encodings)(
    'is decompressed before its reader sees it: %s',
    async (encoding, compress) => {
      const vendor = await answering(compress(Buffer.from(text)), {
        'Content-Encoding': encoding.toUpperCase(),
        'Content-Type': 'application/json',
      });
      const response = await startEgress().fetch(vendor.url);
      expect(response.headers.has('content-encoding')).toBe(false);
      expect(response.headers.has('content-length')).toBe(false);
      expect(await response.text()).toBe(text);
    },
  );

  it('is asked for, unless the request has a Range header', async () => {
    const asked: unknown[] = [];
    const vendor = await httpVendor((request, response) => {
      asked.push(request.headers['accept-encoding']);
      response.end();
    });
    const { fetch } = startEgress();
    await (await fetch(vendor.url)).text();
    await (await fetch(vendor.url, { headers: { Range: 'bytes=0-9' } })).text();
    expect(asked).toEqual(['gzip, br', 'identity']);
  });

  it('fails in doubt if it is cut off, or is not compressed in spite of its header', async () => {
    const headers = { 'Content-Encoding': 'gzip' };
    const cut = await answering(gzipSync(Buffer.from(text)).subarray(0, 60), headers);
    const none = await answering(Buffer.from('plain text'), headers);
    for (const { url } of [cut, none]) {
      const egress = startEgress();
      const response = await egress.fetch(url);
      expect(await failureOf(response.text())).toMatchObject({
        code: 'network',
        delivery: 'unknown',
      });
      await egress.recorded(1);
      expect(egress.records).toMatchObject([{ status: 200, errorCode: 'network' }]);
    }
  });

  it.each([
    [200, { 'Content-Length': '0' }],
    [204, {}],
    [304, {}],
  ])('is read as empty if it has no body: status %s', async (status, headers) => {
    const vendor = await httpVendor((_request, response) => {
      response.writeHead(status, { 'Content-Encoding': 'gzip', ...headers });
      response.end();
    });
    const response = await startEgress().fetch(vendor.url);
    expect(await response.text()).toBe('');
  });

  it('is passed on unchanged, with its header, if its encoding is unknown', async () => {
    const vendor = await answering(Buffer.from('zstd?'), { 'Content-Encoding': 'zstd' });
    const response = await startEgress().fetch(vendor.url);
    expect(response.headers.get('content-encoding')).toBe('zstd');
    expect(await response.text()).toBe('zstd?');
  });
});

describe('an answer that is too large', () => {
  const member = gzipSync(Buffer.alloc(1024 * 1024));
  const bombs = {
    'gzip in one piece': ['gzip', gzipSync(Buffer.alloc(64 * 1024 * 1024))],
    'gzip in many members': ['gzip', Buffer.concat(Array.from({ length: 300 }, () => member))],
    brotli: ['br', brotliCompressSync(Buffer.alloc(64 * 1024 * 1024))],
    deflate: ['deflate', deflateSync(Buffer.alloc(64 * 1024 * 1024))],
  } as const;
  const readers = {
    text: async (response: Response) => {
      await response.text();
    },
    body: async (response: Response) => {
      for await (const chunk of response.body ?? []) expect(chunk.length).toBeLessThan(1_100_000);
    },
    stream: async (response: Response) => {
      if (!(response instanceof EgressResponse)) throw new Error('no stream');
      for await (const chunk of response.stream) expect(chunk.length).toBeLessThan(1_100_000);
    },
  };
  const cases = Object.entries(bombs).flatMap(([name, bomb]) =>
    Object.entries(readers).map(([reader, read]) => ({ name, bomb, reader, read })),
  );

  it.each(cases)(
    'fails before a compression bomb fills the memory: $name, read as $reader',
    async ({ bomb: [encoding, body], read }) => {
      const vendor = await answering(body, { 'Content-Encoding': encoding });
      const egress = startEgress();
      const heldBefore = process.memoryUsage().arrayBuffers;
      const error = await failureOf(egress.fetch(vendor.url).then(read));
      expect(error).toMatchObject({
        code: 'response_too_large',
        delivery: 'answered',
        retryable: false,
      });
      expect(process.memoryUsage().arrayBuffers - heldBefore).toBeLessThan(16 * 1024 * 1024);
      await egress.recorded(1);
      expect(egress.records).toMatchObject([{ status: 200, errorCode: 'response_too_large' }]);
    },
  );

  it.each(Object.entries(readers))(
    'is cut off, here and at the vendor, if its body never ends: read as %s',
    async (_name, read) => {
      const vendor = await httpVendor((_request, response) => {
        const write = () => {
          while (!response.destroyed && response.write(Buffer.alloc(65_536)));
        };
        response.on('drain', write);
        write();
      });
      const egress = startEgress();
      const error = await failureOf(egress.fetch(vendor.url).then(read));
      expect(error).toMatchObject({ code: 'response_too_large', delivery: 'answered' });
      await egress.recorded(1);
      expect(egress.records).toMatchObject([{ errorCode: 'response_too_large' }]);
      // The vendor is cut off, too: otherwise it would go on sending to nobody for ever.
      await expect.poll(() => vendor.sockets.every(({ destroyed }) => destroyed)).toBe(true);
    },
  );

  it('fails from the first byte over the limit of its request', async () => {
    const vendor = await answering(Buffer.alloc(100));
    const { fetch } = startEgress();
    const within = await fetch(vendor.url, { maxResponseBytes: 100 });
    expect((await within.bytes()).length).toBe(100);
    const over = await fetch(vendor.url, { maxResponseBytes: 99 });
    expect(await failureOf(over.bytes())).toMatchObject({ code: 'response_too_large' });
  });
});

describe('an answer that is read late', () => {
  // More than an answer holds before it is read, and little enough for the operating system to take at once.
  const large = randomBytes(100_000);

  it.each([
    ['as a whole', (response: Response) => response.bytes()],
    ['piece by piece', (response: Response) => new Response(response.body).bytes()],
  ])('is complete, read %s', async (_name, read) => {
    const { promise: sent, resolve: send } = Promise.withResolvers<ServerResponse>();
    const { url } = await httpVendor((_request, vendorResponse) => {
      send(vendorResponse.end(large));
    });
    const response = await startEgress().fetch(url);
    const vendorResponse = await sent;
    if (!vendorResponse.writableFinished) await once(vendorResponse, 'finish');
    await atRest(() => vendorResponse.socket?.bytesWritten ?? 0);
    expect(Buffer.from(await read(response)).equals(large)).toBe(true);
  });

  it('is held back at the vendor instead of filling the memory', async () => {
    const vendor = await endlessVendor(65_536);
    const response = await startEgress().fetch(vendor.url);
    await atRest(vendor.sent);
    expect(vendor.sent()).toBeGreaterThan(65_536);
    await response.body?.cancel();
  });
});

describe('a request body', () => {
  const bytes = randomBytes(200_000);
  const padded = new Uint8Array(Buffer.concat([Buffer.alloc(9), bytes, Buffer.alloc(9)]));

  /** What the vendor received of one request. */
  async function received(
    init: ContextRequestInit,
  ): Promise<{ type: string | undefined; body: Buffer }> {
    let seen: { type: string | undefined; body: Buffer } | undefined;
    const vendor = await httpVendor(async (request, response) => {
      const body = await wholeBody(request);
      if (body) seen = { type: request.headers['content-type'], body };
      response.end();
    });
    const response = await startEgress().fetch(vendor.url, { ...init, method: 'POST' });
    await response.text();
    if (!seen) throw new Error('nothing arrived');
    return seen;
  }

  const sliced = () =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += 7001)
          controller.enqueue(bytes.subarray(at, at + 7001));
        controller.close();
      },
    });

  it.each([
    ['Uint8Array', () => new Uint8Array(bytes)],
    ['a view of a larger buffer', () => new Uint8Array(padded.buffer, 9, bytes.length)],
    ['ArrayBuffer', () => new Uint8Array(bytes).buffer],
    ['Blob', () => new Blob([bytes])],
    ['stream', sliced],
  ])('arrives at the vendor byte for byte: %s', async (_name, makeBody) => {
    const { body } = await received({ body: makeBody(), duplex: 'half' });
    expect(body.equals(bytes)).toBe(true);
  });

  it('arrives as UTF-8 if it is text, and URL-encoded if it is URLSearchParams', async () => {
    const text = 'número=41&nome=João\r\n\u0000';
    expect((await received({ body: text })).body.toString()).toBe(text);
    const form = await received({ body: new URLSearchParams({ nome: 'João & Cia' }) });
    expect(form.type).toBe('application/x-www-form-urlencoded;charset=UTF-8');
    expect(form.body.toString()).toBe('nome=Jo%C3%A3o+%26+Cia');
  });

  it('arrives as a multipart form with its fields and file if it is FormData', async () => {
    const form = new FormData();
    form.set('campanha', 'cobrança 7');
    form.set('arquivo', new Blob([bytes], { type: 'text/csv' }), 'mailing "1".csv');
    const { type, body } = await received({ body: form });
    const parsed = await new Response(new Uint8Array(body), {
      headers: { 'Content-Type': type ?? '' },
    }).formData();
    expect(parsed.get('campanha')).toBe('cobrança 7');
    const file = parsed.get('arquivo');
    if (!(file instanceof File)) throw new Error('no file arrived');
    expect(file).toMatchObject({ name: 'mailing "1".csv', type: 'text/csv' });
    expect(Buffer.from(await file.arrayBuffer()).equals(bytes)).toBe(true);
  });

  it('is sent chunked if it is a stream, unless the request states its Content-Length', async () => {
    const told: unknown[] = [];
    const vendor = await httpVendor(async ({ headers }, response) => {
      told.push([headers['content-length'], headers['transfer-encoding']]);
      response.end();
    });
    const egress = startEgress();
    for (const headers of [{}, { 'content-length': String(bytes.length) }]) {
      const init = { method: 'POST', headers, body: sliced(), duplex: 'half' } as const;
      await (await egress.fetch(vendor.url, init)).text();
    }
    expect(told).toEqual([
      [undefined, 'chunked'],
      [String(bytes.length), undefined],
    ]);
  });
});

describe('an answer that arrives before the whole request body has left', () => {
  /** A body that goes on until the vendor has answered, and after that. */
  function unfinished() {
    const answered = Promise.withResolvers<void>();
    let pieces = 0;
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        pieces += 1;
        if (pieces > 1) await answered.promise;
        if (pieces < 4) controller.enqueue(Buffer.from('contact'));
        else controller.close();
      },
    });
    return { answered, init: { method: 'POST', body, duplex: 'half' } as const };
  }

  const sayingAtOnce = (status: string) =>
    rawVendor((socket) => socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 2\r\n\r\n{}`));

  it('is in doubt if it reports success, because the rest of the body was never sent', async () => {
    const vendor = await sayingAtOnce('200 OK');
    const egress = startEgress();
    const { answered, init } = unfinished();
    const reading = egress.fetch(vendor.url, init).then((response) => response.text());
    const error = await failureOf(reading);
    answered.resolve();
    expect(error).toMatchObject({ code: 'network', delivery: 'unknown' });
    expect(error.message).toContain('before it had the whole request');
    expect(egress.records).toMatchObject([{ status: 200, errorCode: 'network' }]);
  });

  it('is returned to the caller if it reports a refusal', async () => {
    const vendor = await sayingAtOnce('413 Content Too Large');
    const egress = startEgress();
    const { answered, init } = unfinished();
    const response = await egress.fetch(vendor.url, init);
    expect(response.status).toBe(413);
    expect(await response.text()).toBe('{}');
    answered.resolve();
  });
});

describe('an answer labelled as compressed that has no byte', () => {
  it.each(['gzip', 'br', 'deflate'])(
    'is read as empty instead of failing: %s',
    async (encoding) => {
      const vendor = await httpVendor((_request, response) => {
        response.writeHead(200, { 'Content-Encoding': encoding });
        response.flushHeaders();
        response.end();
      });
      const egress = startEgress();
      expect(await (await egress.fetch(vendor.url)).text()).toBe('');
      expect(egress.records).toMatchObject([{ status: 200, errorCode: null }]);
    },
  );
});

describe('an answer that arrives faster than it is read', () => {
  it.each([
    ['in small chunks', 20_000, {}],
    ['in large chunks', 66_000, {}],
    ['with its length', 20_000, { 'Content-Length': String(400_000_000) }],
  ])('waits at the vendor instead of filling the memory: %s', async (_how, size, headers) => {
    const vendor = await endlessVendor(size, headers);
    const response = await startEgress().fetch(vendor.url, { maxResponseBytes: 1_000_000_000 });
    if (!(response instanceof EgressResponse)) throw new Error('no answer of the egress');
    let taken = 0;
    for await (const chunk of response.stream) {
      taken += Buffer.byteLength(chunk);
      if (taken > 20_000_000) break;
      // The reader takes the next chunk only when the vendor has sent all that it can.
      await atRest(() => vendor.sent() - taken);
    }
    expect(taken).toBeGreaterThan(20_000_000);
  });
});

it('a body stream that fails after its request was held back causes no uncaught exception, which would end the host', async () => {
  const stray: unknown[] = [];
  const hear = (error: unknown) => void stray.push(error);
  process.on('uncaughtException', hear);
  onTestFinished(() => void process.off('uncaughtException', hear));
  const vendor = await answering(Buffer.from('ok'));
  const heldBack = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<void>();
  let mayLeave = true;
  const { fetch } = startEgress({
    mayLeave: () => {
      if (!mayLeave) heldBack.resolve();
      return mayLeave;
    },
  });
  await (await fetch(vendor.url)).text();
  mayLeave = false;
  // Like a load whose lease has run out meanwhile.
  const body = new ReadableStream({
    async pull() {
      await heldBack.promise;
      failed.resolve();
      throw new Error('another host has taken the mailing over');
    },
  });
  const error = await failureOf(fetch(vendor.url, { method: 'POST', body, duplex: 'half' }));
  expect(error.delivery).toBe('not_sent');
  await failed.promise;
  // An uncaught error of a stream is thrown some turns later.
  for (let turn = 0; turn < 20; turn += 1) await nextTurn();
  expect(stray).toEqual([]);
});
