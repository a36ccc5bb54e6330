import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bundledAdapters } from '../../src/adapters.ts';
import { checkDocument } from '../../src/tenants/check-document.ts';
import { formatIssue } from '../../src/tenants/document-issue.ts';
import { readDocument } from '../../src/tenants/read-document.ts';
import {
  ageingCertificates,
  readTrustedCertificate,
} from '../../src/tenants/trusted-certificate.ts';
import { certificateOf, keyAndCertificate } from '../support/certificates.ts';
import { AnyObject, jsonOf, PlacedShape, ProblemShape } from '../support/json.ts';
import { listeningPort } from '../support/listening-port.ts';
import { sharedHost, wanted } from '../support/shared-host.ts';
import { startTestHost } from '../support/test-host.ts';

const adapters = new Map(bundledAdapters.map((adapter) => [adapter.id, adapter]));
const own = certificateOf('self-signed');
const { key } = keyAndCertificate('self-signed');
/** Lines of the private key that no message may show. */
const keyLines = key.split('\n').slice(1, 3);

describe('tls.trust', () => {
  it.each([
    ['as it is', own],
    ['with what openssl prints around it', `Certificate chain\n 0 s:CN = pbx.local\n${own}---\n`],
    ['in one line, as YAML may make of it', own.replaceAll('\n', ' ')],
    ['with the ends of lines of Windows', own.replaceAll('\n', '\r\n')],
  ])('accepts a certificate %s', (_, text) => {
    expect(readTrustedCertificate(text).certificate?.subject).toBe('CN=pbx.local');
  });

  it.each([
    ['', 'is no certificate in PEM'],
    ['/etc/ssl/pbx.pem', 'is no certificate in PEM'],
    ['${secret:certificate}', 'is no certificate in PEM'],
    ['-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----', 'is no certificate in PEM'],
    [key, 'holds a private key'],
    [`${own}${key}`, 'holds a private key'],
    ['-----BEGIN RSA PRIVATE KEY-----\nMIIE', 'holds a private key'],
    ['-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIE', 'holds a private key'],
    [`${own}${certificateOf('authority')}`, 'holds 2 certificates; keep one'],
    [own.replace(/\n.{8}/, '\n'), 'cannot be read as a certificate'],
    [own.replace(/\n.{64}\n/, '\n'), 'cannot be read as a certificate'],
    [`${'#'.repeat(32_769)}${own}`, 'has more than 32768 characters'],
  ])('refuses %j', (text, fault) => {
    expect(readTrustedCertificate(text).fault).toContain(fault);
  });

  it.each([
    ['in its place', { trust: key }],
    ['one key too early', key],
    ['in a list', { trust: [key] }],
    ['beside it', { trust: own, key }],
  ])('refuses a private key without showing it: %s', (_, tls) => {
    const connections = { pabx: { adapter: 'generic-http', tls } };
    const { issues } = checkDocument({ id: '1042', name: 'X', connections }, adapters);
    expect(issues.some(({ path }) => path.join('.').startsWith('connections.pabx.tls'))).toBe(true);
    expectNoKeyIn(issues.map(formatIssue).join('\n'));
  });

  it('never shows a private key that is not indented in the YAML', () => {
    const yaml = `id: '1042'\nconnections:\n  pabx:\n    tls:\n      trust: |\n${key}`;
    const reading = readDocument(yaml);
    expect(reading.issues).not.toEqual([]);
    expectNoKeyIn(reading.issues.map(formatIssue).join('\n'));
  });

  it('warns of the expiry of the certificate in time, and says when the certificate has expired', () => {
    const connections = {
      pabx: {
        adapter: 'generic-http',
        settings: {},
        limits: { requestsPerSecond: 1, concurrency: 1, timeout: 1 },
        tls: { trust: own },
      },
    };
    const at = (date: string) => ageingCertificates({ connections }, Date.parse(date));
    expect(at('2119-11-30T00:00:00Z')).toEqual([]);
    expect(at('2119-12-15T00:00:00Z').map(formatIssue)).toEqual([
      'connections.pabx.tls.trust: the certificate expires on 2120-01-01, and from then on nothing reaches the telephone system: renew it there, and write the new one here',
    ]);
    expect(at('2120-01-01T00:00:00Z')).toMatchObject([{ isOver: true }]);
  });
});

function expectNoKeyIn(text: string): void {
  for (const line of keyLines) expect(text).not.toContain(line.slice(0, 16));
}

const host = await sharedHost();
const audio = 'RIFF0000WAVE';

/** A telephone system with a certificate of its own, for the length of a test. @returns its address */
async function pabxWith(certificate: Parameters<typeof keyAndCertificate>[0]): Promise<string> {
  const server = createServer(keyAndCertificate(certificate), ({ url }, response) => {
    if (url?.startsWith('/recordings/')) response.setHeader('Content-Type', 'audio/wav').end(audio);
    else response.setHeader('Content-Type', 'application/json').end('{"id":"c-1"}');
  });
  const port = await listeningPort(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `https://127.0.0.1:${port}`;
}

const documentOf = (id: string, baseUrl: string, tls?: object) => ({
  id,
  name: 'Cobranca Norte',
  connections: {
    pabx: {
      adapter: 'generic-http',
      settings: {
        baseUrl,
        check: { request: { url: '/' } },
        click2call: {
          request: { method: 'POST', url: '/calls', body: { json: { to: '{{ number }}' } } },
          capture: { callId: '{{ reply.id }}' },
        },
        recording: { request: { url: '/recordings/{{ callId }}' } },
      },
      ...(tls && { tls }),
    },
  },
  features: { click2call: 'pabx', recording: 'pabx' },
});

const save = (id: string, document: object, query = '') =>
  host.ask(`/v1/tenants/${id}${query}`, { method: 'PUT', json: document });

describe('a telephone system with a certificate of its own', () => {
  it('is reached by the company that trusts its certificate, for calls and recordings, and by no other company', async () => {
    const baseUrl = await pabxWith('self-signed');
    expect((await save('3001', documentOf('3001', baseUrl, { trust: own }))).status).toBe(201);
    const placed = await host.ask('/v1/tenants/3001/calls', { json: wanted });
    expect(await jsonOf(placed, PlacedShape)).toMatchObject({ callId: 'c-1' });
    const recording = await host.ask('/v1/tenants/3001/recordings/c-1');
    expect(await recording.text()).toBe(audio);

    const other = documentOf('3002', baseUrl);
    const refused = await save('3002', other);
    expect(refused.status).toBe(400);
    const { errors } = await jsonOf(refused, ProblemShape);
    expect(errors).toMatchObject([{ path: 'connections.pabx' }]);
    expect(errors?.[0]?.message).toContain('write its own certificate');
    expect(errors?.[0]?.message).toContain('connections.pabx.tls.trust');
    expect((await save('3002', other, '?check=skip')).status).toBe(201);
    const call = await host.ask('/v1/tenants/3002/calls', { json: wanted });
    expect(await jsonOf(call, ProblemShape)).toMatchObject({
      code: 'network',
      delivery: 'not_sent',
    });
  });

  it('is previewed with the fingerprint of its certificate, so that a person can compare it', async () => {
    await save('3003', documentOf('3003', 'https://pbx.example', { trust: own }), '?check=skip');
    const preview = await host.ask('/v1/tenants/3003/connections/pabx/preview', {
      json: { feature: 'click2call', input: wanted },
    });
    expect(await jsonOf(preview, AnyObject)).toMatchObject({
      trust: {
        subject: 'CN=pbx.local',
        expires: '2120-01-01T00:00:00.000Z',
        sha256: readTrustedCertificate(own).certificate?.fingerprint256,
      },
    });
  });

  it('whose certificate has expired is not saved if it is checked, and is saved with a warning if the check is skipped', async () => {
    const trust = certificateOf('expired');
    const document = documentOf('3004', await pabxWith('expired'), { trust });
    const refused = await jsonOf(await save('3004', document), ProblemShape);
    expect(refused.errors).toMatchObject([
      {
        path: 'connections.pabx.tls.trust',
        message: expect.stringContaining('the certificate has expired on 2021-01-01'),
      },
    ]);
    expect(await jsonOf(await save('3004', document, '?check=skip'), AnyObject)).toMatchObject({
      warnings: [expect.stringContaining('has expired on 2021-01-01')],
    });
  });

  it('whose certificate has expired does not keep the host from starting, and is reported in the log', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'finaz-tenants-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const tls = { trust: certificateOf('expired') };
    const document = documentOf('3005', 'https://pbx.example', tls);
    await writeFile(join(folder, '3005.json'), JSON.stringify(document));
    const started = await startTestHost({ environment: { TENANTS: folder } });
    expect((await started.ask('/v1/tenants/3005')).status).toBe(200);
    expect(started.logged.join('')).toContain('the certificate has expired on 2021-01-01');
    await started.stop();
  });
});
