import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWav, startLoopbackServer } from '@finaz-telephony/testing';
import { jsonOf, ProblemShape } from '../support/json.ts';
import { hurry, placeCall, startTestHost, type TestHost } from '../support/test-host.ts';

const size = 300_044;
const wav = makeWav(size);

describe.each([
  ['a vendor that serves ranges', true],
  ['a vendor that does not', false],
])('a recording from %s', (_name, ranges) => {
  let host: TestHost;
  let callId: string;
  beforeAll(async () => {
    host = await startTestHost({ vendor: { recordingBytes: size, ranges } });
    callId = await placeCall(host);
  });
  afterAll(() => host.stop());

  const fetchRange = (range?: string) =>
    host.tenant(`/recordings/${callId}`, range === undefined ? {} : { headers: { Range: range } });

  it('arrives whole', async () => {
    const response = await fetchRange();
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('audio/wav');
    expect(response.headers.get('content-length')).toBe(String(size));
    expect(Buffer.from(await response.arrayBuffer()).equals(wav)).toBe(true);
  });

  it.each([
    ['bytes=0-99', 0, 99],
    ['bytes=100000-200000', 100_000, 200_000],
    ['bytes=299944-', 299_944, size - 1],
    // Fewer bytes than the signature of an audio format has.
    ['bytes=300042-', 300_042, size - 1],
    ['bytes=100000-100000', 100_000, 100_000],
    ['bytes=-3', size - 3, size - 1],
  ])('arrives in part: %s', async (range, start, end) => {
    const response = await fetchRange(range);
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe(`bytes ${start}-${end}/${size}`);
    expect(Buffer.from(await response.arrayBuffer()).equals(wav.subarray(start, end + 1))).toBe(
      true,
    );
  });

  it.each(['bytes=0-9,20-29', 'bytes=9-0', 'lines=1-2'])(
    'arrives whole if the Range header asks for several parts, or cannot be understood: %s',
    async (range) => {
      const response = await fetchRange(range);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-length')).toBe(String(size));
      await response.body?.cancel();
      expect(host.vendor.requests.at(-1)?.headers.range).toBeUndefined();
    },
  );

  it('is answered with 416 and its size if the range begins after its end', async () => {
    const response = await fetchRange('bytes=900000-');
    expect(response.status).toBe(416);
    expect(response.headers.get('content-range')).toBe(`bytes */${size}`);
    expect(await jsonOf(response, ProblemShape)).toMatchObject({
      status: 416,
      code: 'invalid_input',
      errors: [{ parameter: 'Range' }],
    });
  });

  it('is answered with a clear error if it is missing, no audio, broken off, endless, or never comes', async () => {
    const missing = await host.tenant('/recordings/c-999');
    expect(missing.status).toBe(404);
    expect(await jsonOf(missing, ProblemShape)).toMatchObject({
      code: 'not_found',
      vendor: { message: 'ligacao nao encontrada' },
    });
    host.vendor.faults.next('recording', { kind: 'html' }, 1);
    const page = await fetchRange();
    expect(page.status).toBe(502);
    expect(await jsonOf(page, ProblemShape)).toMatchObject({ code: 'unreadable_response' });
    host.vendor.faults.next('recording', { kind: 'reset' }, 1);
    const broken = await fetchRange();
    expect(await jsonOf(broken, ProblemShape)).toMatchObject({ status: 502, code: 'network' });
    host.vendor.faults.next('recording', { kind: 'endless' }, 1);
    expect((await fetchRange()).status).toBe(502);
    host.vendor.faults.next('recording', { kind: 'hang' }, 1);
    await hurry(host);
    expect((await fetchRange()).status).toBe(504);
  });
});

/** A host whose recordings all come from one address. */
function startHostOf(baseUrl: string, limits = {}): Promise<TestHost> {
  const settings = { baseUrl, recording: { request: { url: '/' } } };
  return startTestHost({
    document: {
      connections: { dialer: { adapter: 'generic-http', settings, limits } },
      features: { recording: 'dialer' },
    },
  });
}

describe('a recording', () => {
  it('is taken as whole, and checked to be audio, if a 206 does not say which part it is', async () => {
    const bodies = [wav, Buffer.from('<html>no such recording</html>')];
    const vendor = await startLoopbackServer((_request, response) => {
      response.writeHead(206, { 'Content-Type': 'audio/wav', 'Content-Range': 'bytes' });
      response.end(bodies.shift());
    });
    const host = await startHostOf(vendor.url);
    try {
      const whole = await host.tenant('/recordings/c-1');
      expect(whole.status).toBe(200);
      expect(Buffer.from(await whole.arrayBuffer()).equals(wav)).toBe(true);
      expect((await host.tenant('/recordings/c-1')).status).toBe(502);
    } finally {
      await host.stop();
      await vendor.close();
    }
  });

  it.each([
    ['audio/wav', 504, 'timeout'],
    ['text/plain', 502, 'unreadable_response'],
  ])(
    'is not waited for to its end if it stalls after the first byte: %s',
    async (contentType, status, code) => {
      const vendor = await startLoopbackServer((request, response) => {
        response.writeHead(200, { 'Content-Type': contentType, 'Content-Length': '1000000' });
        response.write('R');
      });
      const host = await startHostOf(vendor.url, { timeout: 0.4 });
      try {
        const response = await host.tenant('/recordings/c-1');
        expect(response.status).toBe(status);
        expect(await jsonOf(response, ProblemShape)).toMatchObject({ code });
      } finally {
        await host.stop();
        await vendor.close();
      }
    },
    15_000,
  );

  it('is refused if it is labelled as audio but contains something else', async () => {
    const host = await startTestHost({ vendor: { recordingBytes: 100 } });
    try {
      const callId = await placeCall(host);
      host.vendor.faults.next('recording', { kind: 'contentType', contentType: 'audio/wav' }, 1);
      expect((await host.tenant(`/recordings/${callId}`)).status).toBe(200);
      const document = await (await host.tenant('')).text();
      // The credential check of this vendor answers JSON; labelled as audio it must still be refused.
      const pointed = document.replace('/calls/{{ callId }}/recording', '/ping');
      await host.tenant('', {
        method: 'PUT',
        body: pointed,
        headers: { 'Content-Type': 'application/json' },
      });
      host.vendor.faults.next('check', { kind: 'contentType', contentType: 'audio/wav' }, 1);
      const response = await host.tenant(`/recordings/${callId}`);
      expect(response.status).toBe(502);
      expect(await jsonOf(response, ProblemShape)).toMatchObject({
        code: 'unreadable_response',
        vendor: { excerpt: '{"ok":true}' },
      });
    } finally {
      await host.stop();
    }
  });

  const page = '<script>alert(1)</script>';
  it.each([
    ['audio/wav, text/html', `RIFF${page}`, undefined, 200, 'audio/wav'],
    ['audio/x, text/html; gsm', `\u00d0${page}`, undefined, 200, 'audio/gsm'],
    ['audio/wav, TEXT/HTML', page, 'bytes 5-29/30', 502, 'application/problem+json'],
    ['audio/wav, image/gif', page, 'bytes 5-29/30', 206, 'application/octet-stream'],
    [
      'video/mp4; codecs="mp4a.40.2"',
      `RIFF${page}`,
      undefined,
      200,
      'video/mp4; codecs="mp4a.40.2"',
    ],
  ])(
    'labelled as %s is never passed on as a page for browsers',
    async (label, body, part, status, type) => {
      const vendor = await startLoopbackServer((_request, response) => {
        response.writeHead(part === undefined ? 200 : 206, {
          'Content-Type': label,
          ...(part !== undefined && { 'Content-Range': part }),
        });
        response.end(Buffer.from(body, 'latin1'));
      });
      const host = await startHostOf(vendor.url);
      try {
        const headers = { Range: 'bytes=5-' };
        const response = await host.tenant(
          '/recordings/c-1',
          part === undefined ? {} : { headers },
        );
        expect(response.status).toBe(status);
        expect(response.headers.get('content-type')).toBe(type);
      } finally {
        await host.stop();
        await vendor.close();
      }
    },
  );

  it('stops at the vendor when the listener leaves', async () => {
    const host = await startTestHost({ vendor: { recordingBytes: 200_000_044 } });
    try {
      const callId = await placeCall(host);
      const leaving = new AbortController();
      const response = await host.tenant(`/recordings/${callId}`, { signal: leaving.signal });
      const reader = response.body?.getReader();
      await reader?.read();
      leaving.abort();
      await expect.poll(() => host.vendor.abandoned()).toBe(1);
    } finally {
      await host.stop();
    }
  });
});
