// Requests through a real proxy, whose tunnels all lead to a server of the test, because tests reach no address of the internet.
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect } from 'node:net';
import { pipeline } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { asEgressError } from '../../src/egress/egress-error.ts';
import { createWay, parseProxy, ProxyFailure, type Proxy } from '../../src/egress/proxy.ts';
import { certificateOf, keyAndCertificate } from '../support/certificates.ts';
import { listeningPort } from '../support/listening-port.ts';
import { failureOf, httpVendor, rawVendor, scopeOf, startEgress } from './egress-under-test.ts';

const dial = { method: 'POST', body: 'dial' };
/** An address of the internet, as far as the guard knows. */
const resolve = () => Promise.resolve([{ address: '93.184.216.34', family: 4 }]);
const trust = new X509Certificate(certificateOf('self-signed'));

/** @param statusOf the status with which the proxy answers each CONNECT, or undefined for no answer; 200 opens a tunnel to the port */
async function startProxy(
  port: number,
  statusOf: (target?: string) => number | undefined = () => 200,
) {
  const asked: IncomingMessage[] = [];
  const server = createServer();
  server.on('connect', (request, socket) => {
    asked.push(request);
    const status = statusOf(request.url);
    if (status === undefined) {
      onTestFinished(() => {
        socket.destroy();
      });
      return;
    }
    if (status !== 200) return socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
    const vendor = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      pipeline(socket, vendor, socket, () => undefined);
    });
    onTestFinished(() => {
      vendor.destroy();
    });
  });
  const own = await listeningPort(server);
  onTestFinished(async () => {
    const closed = once(server, 'close');
    server.close();
    await closed;
  });
  const proxy: Proxy = { hostname: '127.0.0.1', port: own, authorization: 'Basic dTpw' };
  return { asked, proxy };
}

async function httpsVendor() {
  const seen: IncomingMessage[] = [];
  const server = createHttpsServer(keyAndCertificate('self-signed'), (request, response) => {
    seen.push(request);
    response.end('{"ok":true}');
  });
  const port = await listeningPort(server);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { seen, port };
}

const plainVendor = () =>
  httpVendor((request, response) => {
    request.resume().on('end', () => response.end(`${request.headers.host} ${request.url}`));
  });

describe('egress with a proxy', () => {
  it('asks the proxy for the checked address, and verifies the certificate of the telephone system behind it', async () => {
    const vendor = await httpsVendor();
    const { asked, proxy } = await startProxy(vendor.port);
    const { fetch, fetchAs } = startEgress({ trust }, { resolve, proxy });
    const answer = await fetch('https://pbx.example/dial', dial);
    expect(await answer.json()).toEqual({ ok: true });
    expect(asked.map(({ url, headers }) => [url, headers['proxy-authorization']])).toEqual([
      ['93.184.216.34:443', 'Basic dTpw'],
    ]);
    expect(vendor.seen[0]?.headers).toMatchObject({ host: 'pbx.example' });
    expect(vendor.seen[0]?.headers).not.toHaveProperty('proxy-authorization');
    const other = new X509Certificate(certificateOf('authority'));
    const error = await failureOf(fetchAs({ trust: other })('https://pbx.example/dial', dial));
    expect(error).toMatchObject({ code: 'network', delivery: 'not_sent' });
    expect(vendor.seen).toHaveLength(1);
  });

  it('sends several requests to a telephone system without TLS through one tunnel', async () => {
    const vendor = await plainVendor();
    const { asked, proxy } = await startProxy(vendor.port);
    const limits = { requestsPerSecond: 1000, concurrency: 1, timeoutMs: 5000 };
    const { fetch } = startEgress({ limits }, { resolve, proxy });
    for (const path of ['/a', '/b?c=1']) {
      const answer = await fetch(`http://pbx.example:8088${path}`, dial);
      expect(await answer.text()).toBe(`pbx.example:8088 ${path}`);
    }
    expect(asked.map(({ url }) => url)).toEqual(['93.184.216.34:8088']);
  });

  it('gives IPv6 addresses to the proxy in brackets', async () => {
    const vendor = await plainVendor();
    const { asked, proxy } = await startProxy(vendor.port);
    const six = () => Promise.resolve([{ address: '2606:2800:220::1', family: 6 }]);
    const { fetch } = startEgress({}, { resolve: six, proxy });
    await (await fetch('http://pbx.example/', dial)).text();
    await (await fetch('http://[2606:2800:220::2]/', dial)).text();
    expect(asked.map(({ url }) => url)).toEqual(['[2606:2800:220::1]:80', '[2606:2800:220::2]:80']);
  });

  describe('when the proxy opens no tunnel to the first address of a name', () => {
    const second = { address: '93.184.216.35', family: 4 };
    const two = async () => [...(await resolve()), second];
    async function dialByProxy(status: number) {
      const vendor = await plainVendor();
      const { asked, proxy } = await startProxy(vendor.port, (target) =>
        target?.startsWith(second.address) ? 200 : status,
      );
      const { fetch } = startEgress({}, { resolve: two, proxy });
      return { asked, answer: fetch('http://pbx.example/', dial) };
    }

    it('tries the second address if the proxy could not reach the first', async () => {
      const { asked, answer } = await dialByProxy(502);
      expect(await (await answer).text()).toBe('pbx.example /');
      expect(asked.map(({ url }) => url)).toEqual(['93.184.216.34:80', '93.184.216.35:80']);
    });

    it('tries the second address with all the remaining time if the proxy does not answer for the first', async () => {
      const vendor = await plainVendor();
      const { proxy } = await startProxy(vendor.port, (target) =>
        target?.startsWith(second.address) ? 200 : undefined,
      );
      const openWay = createWay(proxy, {
        lookup: (_name, _options, found) => void two().then((addresses) => found(null, addresses)),
        isOwn: () => false,
        timeoutMs: 30_000,
        addressMs: 1,
      });
      const socket = await openWay('pbx.example', 80);
      expect(socket?.destroyed).toBe(false);
      socket?.destroy();
    });

    it('tries no other address if the proxy refuses its user and password', async () => {
      const { asked, answer } = await dialByProxy(407);
      expect(await failureOf(answer)).toMatchObject({ code: 'network' });
      expect(asked).toHaveLength(1);
    });
  });

  it('bypasses the proxy for addresses in EGRESS_ALLOW, by number and by name', async () => {
    const vendor = await plainVendor();
    const { asked, proxy } = await startProxy(vendor.port);
    const own = () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
    const { fetch } = startEgress({}, { resolve: own, proxy });
    for (const host of ['127.0.0.1', 'pbx.interno']) {
      const answer = await fetch(`http://${host}:${vendor.port}/`, dial);
      expect(await answer.text()).toBe(`${host}:${vendor.port} /`);
    }
    expect(asked).toEqual([]);
  });

  it('does not ask the proxy for an address that is blocked', async () => {
    const { asked, proxy } = await startProxy(1);
    const inside = () => Promise.resolve([{ address: '10.0.0.7', family: 4 }]);
    const { fetch } = startEgress({}, { resolve: inside, proxy });
    for (const address of ['http://169.254.169.254/', 'https://pbx.example/']) {
      expect(await failureOf(fetch(address, dial))).toMatchObject({ code: 'address_blocked' });
    }
    expect(asked).toEqual([]);
  });

  it.each([
    [407, 'does not accept its user and password', 'http://user:password@proxy:3128'],
    [403, 'does not let it through', 'CONNECT'],
    [502, 'does not reach the telephone system', 'its firewall lets the proxy in'],
  ])('explains to the company what status %i of the proxy means', async (status, reason, hint) => {
    const { proxy } = await startProxy(1, () => status);
    const error = await failureOf(
      startEgress({}, { resolve, proxy }).fetch('https://pbx.example/', dial),
    );
    expect(error).toMatchObject({
      code: 'network',
      delivery: 'not_sent',
      message: `The proxy by which this host sends ${reason} (connection "dialer", PROXY_${status}).`,
    });
    expect(error.hint).toContain(hint);
  });

  it('blames the proxy, not the telephone system, when the proxy is down', async () => {
    const proxy: Proxy = { hostname: '127.0.0.1', port: 1, authorization: undefined };
    const error = await failureOf(
      startEgress({}, { resolve, proxy }).fetch('https://pbx.example/', dial),
    );
    expect(error).toMatchObject({
      code: 'network',
      delivery: 'not_sent',
      message:
        'The proxy by which this host sends cannot be reached (connection "dialer", ECONNREFUSED).',
    });
  });

  it('blames the proxy, not the telephone system, when the connection to the proxy times out', () => {
    const failure = new ProxyFailure('ETIMEDOUT', 'The proxy cannot be reached', 'Look at it.');
    const progress = { hasLeft: false, isAnswered: false, isPlain: false };
    expect(asEgressError(failure, scopeOf(), progress)).toMatchObject({
      message: 'The proxy cannot be reached (connection "dialer", ETIMEDOUT).',
      hint: 'Look at it.',
    });
  });

  it('gives up on a proxy that does not answer', async () => {
    const { port } = await rawVendor(() => undefined);
    const openWay = createWay(
      { hostname: '127.0.0.1', port, authorization: undefined },
      { lookup: () => undefined, isOwn: () => false, timeoutMs: 1, addressMs: 1 },
    );
    await expect(openWay('93.184.216.34', 443)).rejects.toThrow('did not open a way in time');
  });
});

it.each([
  ['http://proxy.example:3128', ['proxy.example', 3128, undefined]],
  ['http://proxy.example/', ['proxy.example', 80, undefined]],
  ['http://u:p%40ss@[2001:db8::1]:3128', ['2001:db8::1', 3128, 'Basic dTpwQHNz']],
  ['https://proxy.example:3128', []],
  ['proxy.example:3128', []],
  ['http://proxy.example:3128/path', []],
  ['http://u:%ff@proxy.example', []],
])('the proxy address %s is split into its parts, or rejected', (address, parts) => {
  const { hostname, port, authorization } = parseProxy(address) ?? {};
  expect(parts).toEqual(hostname === undefined ? [] : [hostname, port, authorization]);
});
