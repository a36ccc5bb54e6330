// How a telephone system proves who it is, with real servers: certificates self-signed, of a private authority, expired, for another name; failed handshakes.
import { X509Certificate } from 'node:crypto';
import { createServer as createHttpServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { Pool } from 'undici';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createAddressGuard } from '../../src/egress/address-guard.ts';
import { createConnector } from '../../src/egress/connector.ts';
import { asEgressError } from '../../src/egress/egress-error.ts';
import { certificateOf, keyAndCertificate, type CertificateName } from '../support/certificates.ts';
import { listeningPort } from '../support/listening-port.ts';
import { failureOf, startEgress } from './egress-under-test.ts';

const trusting = (name: CertificateName) => ({ trust: new X509Certificate(certificateOf(name)) });
const dial = { method: 'POST', body: 'dial' };

/** Any server, for the length of a test. @returns its port */
async function started(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  server.on('tlsClientError', () => undefined);
  const port = await listeningPort(server);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return port;
}

/** A vendor that answers by HTTPS, and counts what it was asked. */
async function httpsVendor(certificate: CertificateName, options: ServerOptions = {}) {
  let requests = 0;
  const server = createHttpsServer(
    { ...keyAndCertificate(certificate), ...options },
    (_request, response) => {
      requests += 1;
      response.end('{"ok":true}');
    },
  );
  const port = await started(server);
  return { server, port, url: `https://127.0.0.1:${port}/dial`, requests: () => requests };
}

/** Resolves every name to the server of the test. */
const named = { resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]) };

describe('a certificate that no public authority has signed', () => {
  it.each<[CertificateName, string]>([
    ['self-signed', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['of-authority-by-address', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['of-issuing-authority', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ])('%s is refused with nothing sent, and the hint says where to trust it', async (name, code) => {
    const vendor = await httpsVendor(name);
    const error = await failureOf(startEgress().fetch(vendor.url, dial));
    expect(error).toMatchObject({
      code: 'network',
      delivery: 'not_sent',
      message: `The telephone system cannot prove who it is (connection "dialer", ${code}).`,
    });
    expect(error.hint).toContain('into connections.dialer.tls.trust');
    expect(error.hint).toContain('openssl s_client -connect HOST:PORT -showcerts </dev/null');
    expect(vendor.requests()).toBe(0);
  });

  it("of the CRM's server is refused with a hint for the operator of the host, who alone can trust it", async () => {
    const crm = await httpsVendor('self-signed');
    const webhook = { connection: 'webhook', feature: 'webhook' } as const;
    const error = await failureOf(startEgress(webhook).fetch(crm.url, dial));
    expect(error.message).toBe(
      'The CRM\'s server cannot prove who it is (connection "webhook", DEPTH_ZERO_SELF_SIGNED_CERT).',
    );
    expect(error.hint).toContain('NODE_EXTRA_CA_CERTS');
    expect(error.hint).not.toContain('tls.trust');
  });

  it.each<[CertificateName, CertificateName]>([
    ['self-signed', 'self-signed'],
    ['self-signed-server', 'self-signed-server'],
    ['of-authority-by-address', 'authority'],
    ['of-authority-by-address', 'of-authority-by-address'],
    ['of-authority-by-name', 'of-authority-by-name'],
    ['of-issuing-authority', 'issuing-authority'],
    ['of-issuing-authority', 'of-issuing-authority'],
  ])('%s is accepted if %s is trusted', async (shown, trusted) => {
    const vendor = await httpsVendor(shown);
    const response = await startEgress(trusting(trusted)).fetch(vendor.url, dial);
    expect(await response.text()).toBe('{"ok":true}');
  });

  it('must match the name of the server if only its authority is trusted', async () => {
    const vendor = await httpsVendor('of-authority-by-name');
    const egress = startEgress(trusting('authority'), named);
    const right = await egress.fetch(`https://pbx.example:${vendor.port}/`, dial);
    expect(right.status).toBe(200);
    const error = await failureOf(egress.fetch(vendor.url, dial));
    expect(error).toMatchObject({
      delivery: 'not_sent',
      message:
        'The certificate of the telephone system is for another name or address (connection "dialer", ERR_TLS_CERT_ALTNAME_INVALID).',
    });
    expect(error.hint).toContain('connections.dialer.tls.trust: then its name does not matter');
  });

  it.each<[CertificateName, CertificateName]>([
    ['self-signed-renewed', 'self-signed'],
    ['self-signed', 'authority'],
    ['of-authority-by-address', 'self-signed'],
    ['of-authority-by-address', 'of-authority-by-name'],
    ['of-authority-by-address', 'issuing-authority'],
  ])('%s is refused if only %s is trusted', async (shown, trusted) => {
    const vendor = await httpsVendor(shown);
    const error = await failureOf(startEgress(trusting(trusted)).fetch(vendor.url, dial));
    expect(error).toMatchObject({ code: 'network', delivery: 'not_sent' });
    expect(error.hint).toContain('is not the one of connections.dialer.tls.trust');
    expect(vendor.requests()).toBe(0);
  });

  it.each<[CertificateName | undefined, string]>([
    [undefined, 'Renew it there.'],
    ['expired', 'Renew it there, and write the new one into connections.dialer.tls.trust.'],
  ])('is refused after it has expired (trusted: %s)', async (trusted, hint) => {
    const vendor = await httpsVendor('expired');
    const egress = startEgress(trusted && trusting(trusted));
    expect(await failureOf(egress.fetch(vendor.url, dial))).toMatchObject({
      code: 'network',
      delivery: 'not_sent',
      message:
        'The certificate of the telephone system has expired (connection "dialer", CERT_HAS_EXPIRED).',
      hint,
    });
  });

  it('is refused if it is not for servers, even though it is trusted', async () => {
    const vendor = await httpsVendor('for-clients');
    const error = await failureOf(startEgress(trusting('for-clients')).fetch(vendor.url, dial));
    expect(error).toMatchObject({ code: 'network', delivery: 'not_sent' });
    expect(error.message).toContain('has a certificate that is not one for servers');
    expect(error.hint).toContain('serverAuth');
  });
});

describe('a certificate that one connection trusts', () => {
  it.each([
    ['another connection', { connection: 'other' }],
    ['another company', { tenantId: '2042' }],
    ['the same connection before', {}],
  ])('is not trusted by %s at the same server', async (_, scope) => {
    const vendor = await httpsVendor('self-signed');
    const egress = startEgress();
    const { trust } = trusting('self-signed');
    // Twice, on two sockets: the second one could resume the TLS session of the first.
    const both = [egress.fetchAs({ trust }), egress.fetchAs({ trust, feature: 'recording' })];
    for (const fetch of both) await (await fetch(vendor.url, dial)).text();
    const others = egress.fetchAs(scope);
    expect(await failureOf(others(vendor.url, dial))).toMatchObject({ delivery: 'not_sent' });
    const { trust: wrong } = trusting('self-signed-renewed');
    const mistaken = egress.fetchAs({ ...scope, trust: wrong });
    expect(await failureOf(mistaken(vendor.url, dial))).toMatchObject({ delivery: 'not_sent' });
    expect(vendor.requests()).toBe(2);
  });

  it('does not permit a blocked address', async () => {
    const vendor = await httpsVendor('self-signed');
    const egress = startEgress(trusting('self-signed'), { allow: [], ...named });
    for (const url of [vendor.url, `https://pbx.example:${vendor.port}/`])
      expect(await failureOf(egress.fetch(url, dial))).toMatchObject({ code: 'address_blocked' });
    expect(vendor.requests()).toBe(0);
  });

  it('is required of every new socket: a server that changes its certificate is refused', async () => {
    const vendor = await httpsVendor('self-signed');
    const egress = startEgress(trusting('self-signed'));
    await (await egress.fetch(vendor.url, dial)).text();
    vendor.server.setSecureContext(keyAndCertificate('self-signed-renewed'));
    vendor.server.closeAllConnections();
    const another = egress.fetchAs({ feature: 'recording' });
    expect(await failureOf(another(vendor.url, dial))).toMatchObject({ delivery: 'not_sent' });
    expect(vendor.requests()).toBe(1);
  });

  it('can be replaced: the circuit breaker that its failures opened does not hold up requests with the new certificate', async () => {
    const vendor = await httpsVendor('self-signed-renewed');
    const egress = startEgress();
    const before = egress.fetchAs(trusting('self-signed'));
    for (let time = 0; time < 10; time += 1) await failureOf(before(vendor.url, dial));
    const held = await failureOf(before(vendor.url, dial));
    expect(held).toMatchObject({ code: 'unavailable', delivery: 'not_sent' });
    expect(held.message).toContain('The last time: The telephone system cannot prove who it is');
    expect(held.hint).toContain('is not the one of connections.dialer.tls.trust');
    const after = egress.fetchAs(trusting('self-signed-renewed'));
    expect((await after(vendor.url, dial)).status).toBe(200);
  });
});

/** For the tests of handshakes, where the certificate does not matter. */
const certificate = keyAndCertificate('self-signed');
const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;

describe('a TLS handshake that fails', () => {
  const breakingOff = (how: (socket: Socket) => void) => () =>
    createServer((socket) => socket.once('data', () => how(socket)));

  it.each<[string, () => Server, string, string]>([
    [
      'the server speaks no TLS newer than 1.1',
      () => createHttpsServer({ ...certificate, ...old }),
      'speaks only a TLS older than 1.2',
      'nginx',
    ],
    [
      'the server speaks only HTTP/2',
      () => createSecureServer({ ...certificate, allowHTTP1: false }),
      'speaks only HTTP/2',
      'HTTP/1.1',
    ],
    [
      'the server speaks plain HTTP',
      () => createHttpServer(),
      'speaks no TLS at this port',
      'http://',
    ],
    [
      'the server speaks another protocol, such as SSH',
      breakingOff((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')),
      'speaks no TLS at this port',
      'HTTPS',
    ],
    [
      'the server has no certificate',
      () => createHttpsServer({}),
      'refuses the TLS handshake',
      'no certificate for this name',
    ],
    [
      'the key of the server is too short',
      () => createHttpsServer({ ...keyAndCertificate('weak'), ciphers: 'DEFAULT@SECLEVEL=0' }),
      'too weak',
      'RSA of 2048 bits',
    ],
    [
      'the server resets the connection',
      breakingOff((socket) => socket.resetAndDestroy()),
      'breaks off before anything can be sent',
      'no certificate for this name',
    ],
    [
      'the server closes the connection',
      breakingOff((socket) => socket.end()),
      'breaks off before anything can be sent',
      'no certificate for this name',
    ],
  ])('sends nothing, and the error explains why: %s', async (_, create, reason, mend) => {
    const port = await started(create());
    const egress = startEgress(trusting('weak'));
    const error = await failureOf(egress.fetch(`https://127.0.0.1:${port}/`, dial));
    expect(error).toMatchObject({ code: 'network', delivery: 'not_sent' });
    expect(error.message).toContain(reason);
    expect(error.hint).toContain(mend);
  });

  it('sends nothing, and the error explains why: the server has no certificate for the name', async () => {
    const server = createHttpsServer({
      SNICallback: (name, done) =>
        name === 'pbx.example'
          ? done(null, createSecureContext(keyAndCertificate('of-authority-by-name')))
          : done(new Error('unknown')),
    });
    server.on('request', (_request, response) => response.end('ok'));
    const port = await started(server);
    const egress = startEgress(trusting('authority'), named);
    expect((await egress.fetch(`https://pbx.example:${port}/`, dial)).status).toBe(200);
    const other = await failureOf(egress.fetch(`https://other.example:${port}/`, dial));
    expect(other).toMatchObject({ code: 'network', delivery: 'not_sent' });
    expect(other.hint).toContain('no certificate for this name');
  });

  it('times out as not sent if the server hangs', async () => {
    const port = await started(createServer());
    const limits = { requestsPerSecond: 1000, concurrency: 10, timeoutMs: 150 };
    const egress = startEgress({ limits });
    expect(await failureOf(egress.fetch(`https://127.0.0.1:${port}/`, dial))).toMatchObject({
      code: 'timeout',
      delivery: 'not_sent',
    });
  });

  it('counts as nothing sent even if the server demands a client certificate only when the request is on its way', async () => {
    const guard = createAddressGuard(['127.0.0.0/8']);
    const { trust } = trusting('self-signed');
    const connect = createConnector(guard.lookupFor('1042'), trust);
    // No server of Node.js sends this alert. On receiving it, Node.js emits this error, and then the end of the connection.
    const demand = Object.assign(new Error('tlsv13 alert certificate required'), {
      code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
    });
    const silent = createHttpsServer(certificate, () => told?.emit('error', demand));
    let told: Socket | null | undefined;
    const port = await started(silent);
    const pool = new Pool(`https://127.0.0.1:${port}`, {
      connect: (target, connected) =>
        connect(target, (...outcome) => {
          [, told] = outcome;
          connected(...outcome);
        }),
    });
    onTestFinished(() => pool.destroy());
    const failed: unknown = await pool
      .request({ path: '/', method: 'POST', body: 'dial' })
      .catch((error: unknown) => error);
    const party = { connection: 'dialer', feature: 'click2call' } as const;
    expect(failed).toBe(demand);
    const left = { hasLeft: true, isAnswered: false, isPlain: false };
    expect(asEgressError(failed, party, left)).toMatchObject({
      code: 'network',
      delivery: 'not_sent',
      message:
        'The telephone system wants a certificate of this host, which no connection has (connection "dialer", ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED).',
    });
    const answered = { ...left, isAnswered: true };
    expect(asEgressError(failed, party, answered)).toMatchObject({ delivery: 'unknown' });
  });
});

describe('a request to an http:// address', () => {
  it('is in doubt, with a hint to use https://, if the port speaks TLS', async () => {
    const vendor = await httpsVendor('self-signed');
    const error = await failureOf(startEgress().fetch(`http://127.0.0.1:${vendor.port}/`, dial));
    expect(error).toMatchObject({ code: 'network', delivery: 'unknown' });
    expect(error.hint).toContain('begins with https://');
  });

  it('fails as not answered in HTTP if the port speaks some other protocol', async () => {
    const port = await started(
      createServer((socket) => socket.once('data', () => socket.end('\u0015\u0003\u0001'))),
    );
    const error = await failureOf(startEgress().fetch(`http://127.0.0.1:${port}/`, dial));
    expect(error.message).toContain('is not written as HTTP');
  });
});
