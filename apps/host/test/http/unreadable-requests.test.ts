// What cannot be read as HTTP is answered and logged: a vendor that writes its addresses wrongly would otherwise lose all of its events, and nobody would know why.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createUnreadableRequests } from '../../src/http/unreadable-requests.ts';
import { silentLogger } from '../../src/logger.ts';
import { listeningPort } from '../support/listening-port.ts';
import { adminKey, startTestHost, type TestHost } from '../support/test-host.ts';

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
});
afterAll(() => host.stop());

/** Sends bytes as they are. Resolves with all that comes back until the host closes the connection. */
function answerTo(bytes: string): Promise<string> {
  const { hostname, port } = new URL(host.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}

const answeredCall = (query = '') =>
  `/telephony-proxy/atendimentodiscador?pid=7001&num=41999998888&cid=d-1&ramal=1001&empresaId=1042${query}`;

describe('a request that is not valid HTTP', () => {
  it.each([
    ['a blank in the address', `GET ${answeredCall('&nome=Ana Luz')} HTTP/1.1\r\nHost: h\r\n\r\n`],
    ['an accent in the address', `GET ${answeredCall('&nome=José')} HTTP/1.1\r\nHost: h\r\n\r\n`],
  ])('is refused with a hint how to write it if it has %s', async (_what, bytes) => {
    const answer = await answerTo(bytes);
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toContain('Content-Type: application/problem+json\r\n');
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({
      status: 400,
      code: 'invalid_input',
      hint: expect.stringContaining('é as %C3%A9'),
    });
  });

  it('is refused and logged, without its content, if its lines end with LF alone', async () => {
    const answer = await answerTo(`GET ${answeredCall()} HTTP/1.1\nHost: h\n\n`);
    expect(answer).toContain('Expected CRLF after version');
    const lines = host.logged.filter((line) => line.includes('could not be read'));
    expect(lines).toHaveLength(1);
    expect(lines.join('')).not.toContain('41999998888');
  });

  it('is refused as too large if its address has 20,000 characters', async () => {
    const answer = await answerTo(
      `GET ${answeredCall(`&x=${'a'.repeat(20_000)}`)} HTTP/1.1\r\nHost: h\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
    expect(answer).toContain('"payload_too_large"');
  });

  it('is refused if its Host header cannot be a host', async () => {
    const answer = await answerTo(
      `GET /healthz HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain('"invalid_input"');
  });
});

it('a sender who leaves in the middle of a request is not logged as an unreadable request', async () => {
  const warn = vi.fn<typeof silentLogger.warn>();
  const server = createServer();
  createUnreadableRequests({ ...silentLogger, warn }).watch(server);
  const port = await listeningPort(server);
  onTestFinished(() => void server.close());
  const send = async (bytes: string) => {
    // Who listens after the host is told when the host has dealt with it.
    const failed = once(server, 'clientError');
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes));
    socket.resume();
    await failed;
  };
  await send('GET /healthz HT');
  expect(warn).not.toHaveBeenCalled();
  await send('GET /healthz HTTP/1.1\nHost: h\n\n');
  expect(warn).toHaveBeenCalledOnce();
});

it('a request that came in while the host stood still is served, and one that did not is refused as too slow', async () => {
  const server = createServer(
    { headersTimeout: 1000, connectionsCheckingInterval: 100 },
    (_request, response) => response.end('served'),
  );
  createUnreadableRequests(silentLogger).watch(server);
  const port = await listeningPort(server);
  onTestFinished(() => void server.close());
  const open = async () => {
    const socket = connect(port, '127.0.0.1');
    await Promise.all([once(server, 'connection'), once(socket, 'connect')]);
    return socket;
  };
  const [inTime, slow] = [await open(), await open()];
  const first = async (socket: typeof slow) => String(await once(socket, 'data'));
  inTime.write('GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
  slow.write('GET / HTTP/1.1\r\n');
  // Longer than a request may take: a frozen machine, for instance.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500);
  expect(await Promise.all([first(inTime), first(slow)])).toEqual([
    expect.stringMatching(/^HTTP\/1\.1 200 OK/),
    expect.stringMatching(/^HTTP\/1\.1 408 Request Timeout/),
  ]);
});

it.each(['1.0', '1.1'])('a request of HTTP/%s without a Host header is served', async (version) => {
  const answer = await answerTo(
    `GET ${answeredCall()} HTTP/${version}\r\nConnection: close\r\n\r\n`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(answer).toContain('"status":"ok"');
});

it.each(['', 'nothing', '100-Continue'])(
  'a request is served whatever it expects of HTTP itself: "Expect: %s"',
  async (expectation) => {
    const answer = await answerTo(
      `GET ${answeredCall()} HTTP/1.1\r\nHost: h\r\nExpect: ${expectation}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/m);
    expect(answer).toContain('"status":"ok"');
  },
);

it('a call is answered even if what follows it on the connection is not a request', async () => {
  const body = JSON.stringify({
    queue: 'cobranca',
    extension: '1001',
    areaCode: '41',
    number: '999998888',
  });
  const request = [
    'POST /v1/tenants/1042/calls HTTP/1.1',
    'Host: h',
    `Authorization: Bearer ${adminKey}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
  const answer = await answerTo(`${request}what is no request\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 201 Created\r\n/);
});
