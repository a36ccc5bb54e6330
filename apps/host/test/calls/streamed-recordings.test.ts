// Recordings that take many reads: each read reuses memory that held something else a moment before, perhaps a part of somebody else's recording.
import { createCipheriv } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Readable } from 'node:stream';
import { startLoopbackServer } from '@finaz-telephony/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { adminKey, startTestHost, type TestHost } from '../support/test-host.ts';

/** Noise in which no two parts are alike, nor any two recordings. */
function soundOf(name: string, size: number): Buffer {
  const key = Buffer.alloc(32, name);
  const noise = createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size - 4));
  return Buffer.concat([Buffer.from('RIFF'), noise]);
}

async function hostOf(
  answer: (name: string, response: ServerResponse, range: string | undefined) => unknown,
) {
  const vendor = await startLoopbackServer((request, response) => {
    response.setHeader('Content-Type', 'audio/wav');
    answer(request.url?.slice(1) ?? '', response, request.headers.range);
  });
  const settings = { baseUrl: vendor.url, recording: { request: { url: '/{{ callId }}' } } };
  const host = await startTestHost({
    document: {
      connections: { dialer: { adapter: 'generic-http', settings } },
      features: { recording: 'dialer' },
    },
  });
  onTestFinished(async () => {
    await host.stop();
    await vendor.close();
  });
  return host;
}

async function listen(host: TestHost, name: string, range?: string): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${adminKey}`, ...(range !== undefined && { range }) };
  const request = get(`${host.url}/v1/tenants/1042/recordings/${name}`, { headers });
  const [response]: IncomingMessage[] = await once(request, 'response');
  if (!response) throw new Error('no answer');
  return response;
}

/** Reads with a pause now and then. */
async function heardBy(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let heard = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    heard += chunk.length;
    if (heard > 3_000_000) {
      heard = 0;
      await pause(20);
    }
  }
  return Buffer.concat(chunks);
}

const size = 12_000_000;
const names = ['c-1', 'c-2', 'c-3', 'c-4'];
const sounds = new Map(names.map((name) => [name, soundOf(name, size)]));
const soundNamed = (name: string) => sounds.get(name) ?? Buffer.alloc(0);

/** In pieces, as most telephone systems send. */
function* pieces(sound: Buffer): Generator<Buffer> {
  for (let from = 0; from < sound.length; from += 100_000)
    yield sound.subarray(from, from + 100_000);
}

describe.each([
  ['with its length', true],
  ['in chunks', false],
])('a recording that comes %s', (_how, hasLength) => {
  const answer = (name: string, response: ServerResponse) => {
    const sound = soundNamed(name);
    if (hasLength) response.setHeader('Content-Length', sound.length);
    return pipeline(Readable.from(pieces(sound)), response).catch(() => undefined);
  };

  it('arrives unchanged while other recordings arrive', async () => {
    const host = await hostOf(answer);
    for (let round = 0; round < 2; round += 1) {
      const heard = await Promise.all(names.map(async (name) => heardBy(await listen(host, name))));
      for (const [index, name] of names.entries())
        expect(heard[index]?.equals(soundNamed(name))).toBe(true);
    }
  });

  it('arrives unchanged if its listener pauses while another recording is streamed', async () => {
    const host = await hostOf(answer);
    const response = await listen(host, 'c-1');
    // Meanwhile another listener uses whatever memory is free.
    expect((await heardBy(await listen(host, 'c-2'))).equals(soundNamed('c-2'))).toBe(true);
    expect((await heardBy(response)).equals(soundNamed('c-1'))).toBe(true);
  });
});

describe('a long recording', () => {
  it.each([
    ['bytes=3000001-9000000', 3_000_001, 9_000_001],
    ['bytes=0-', 0, size],
    ['bytes=11999990-', 11_999_990, size],
  ])(
    'is cut to the requested range by the host if the vendor does not support ranges: %s',
    async (range, start, end) => {
      const host = await hostOf((name, response) => response.end(soundNamed(name)));
      const parts = await Promise.all(
        names.map(async (name) => {
          const response = await listen(host, name, range);
          expect(response.statusCode).toBe(206);
          return heardBy(response);
        }),
      );
      for (const [index, name] of names.entries())
        expect(parts[index]?.equals(soundNamed(name).subarray(start, end))).toBe(true);
    },
  );

  it('is not read on from the vendor while its listener does not read', async () => {
    const endless = 200_000_000;
    const piece = soundNamed('c-1').subarray(0, 100_000);
    const sent = new Map<string, number>();
    const host = await hostOf((name, response) => {
      response.setHeader('Content-Length', endless);
      response.on('drain', write);
      function write() {
        for (let goesOn = true; goesOn && sentOf(name) < endless;) {
          goesOn = response.write(piece);
          sent.set(name, sentOf(name) + piece.length);
        }
      }
      write();
    });
    const sentOf = (name: string) => sent.get(name) ?? 0;
    const response = await listen(host, 'c-1');
    // In the time that this takes, the other one would be read to its end, too.
    await once((await listen(host, 'c-2')).resume(), 'end');
    expect(sentOf('c-2')).toBe(endless);
    // What the system buffers for four ends of sockets, and little more.
    expect(sentOf('c-1')).toBeLessThan(endless / 4);
    response.destroy();
  });

  it('is cut off for the listener, too, if the vendor breaks it off', async () => {
    const host = await hostOf((name, response) => {
      response.setHeader('Content-Length', size);
      response.write(soundNamed(name).subarray(0, 5_000_000));
      setTimeout(() => response.destroy(), 100);
    });
    const response = await listen(host, 'c-1');
    await expect(heardBy(response)).rejects.toThrow('aborted');
    expect(response.complete).toBe(false);
    await expect.poll(() => host.logged.join('\n')).toContain('a recording ended early');
  });
});

it.each(['RIFF', 'ID3\u0004', 'OggS'])(
  'a request for the first two bytes alone, as Safari sends, is answered for a recording that begins with %j',
  async (sign) => {
    const sound = Buffer.concat([Buffer.from(sign), Buffer.alloc(996, 7)]);
    const host = await hostOf((_name, response, range = '') => {
      const [, from, to] = /bytes=(\d+)-(\d+)/.exec(range) ?? [];
      if (from === undefined) return response.end(sound);
      const part = sound.subarray(Number(from), Number(to) + 1);
      response.writeHead(206, { 'Content-Range': `bytes ${from}-${to}/${sound.length}` });
      return response.end(part);
    });
    const part = await host.tenant('/recordings/c-1', { headers: { range: 'bytes=0-1' } });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes 0-1/${sound.length}`);
    expect(await part.text()).toBe(sign.slice(0, 2));
  },
);
