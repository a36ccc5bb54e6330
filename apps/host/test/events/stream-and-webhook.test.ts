import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import { startLoopbackServer } from '@finaz-telephony/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { jsonOf, AnyObject } from '../support/json.ts';
import { openSse } from '../support/sse.ts';
import { adminKey, startTestHost, tenantDocument, type TestHost } from '../support/test-host.ts';
import { wholeBody } from '../support/whole-body.ts';

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
});
afterAll(() => host.stop());

const tell = (callId: string, extension: string) =>
  fetch(
    `${host.url}/telephony-proxy/atendimentodiscador?pid=7001&num=41999998888&cid=${callId}&ramal=${extension}&empresaId=1042`,
  );
const streamOf = (query = '', lastEventId?: string) =>
  openSse(`${host.url}/v1/tenants/1042/events${query}`, adminKey, lastEventId);

describe('the event stream', () => {
  it('brings an answered call to the screen', async () => {
    const stream = await streamOf();
    expect((await stream.next()).event).toBe('ready');
    await tell('s-1', '1001');
    const message = await stream.next();
    expect(message.event).toBe('answered-call');
    expect(JSON.parse(message.data)).toEqual({
      id: expect.any(String),
      contactId: '7001',
      number: '41999998888',
      callId: 's-1',
      extension: '1001',
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      source: 'server',
    });
    stream.close();
  });

  it('brings a screen only the calls of its own extension, even if its query has a blank after the extension', async () => {
    const stream = await streamOf('?extension=100%20');
    await stream.next();
    await tell('s-2', '1001');
    await tell('s-3', '100');
    await tell('s-4', '1002');
    await tell('s-5', '100');
    expect([
      JSON.parse((await stream.next()).data),
      JSON.parse((await stream.next()).data),
    ]).toMatchObject([{ callId: 's-3' }, { callId: 's-5' }]);
    stream.close();
  });

  it('does not stay open for a HEAD request, which reads nothing', async () => {
    const open = async () =>
      /^telephony_event_streams (\d+)$/m.exec(await (await host.ask('/metrics')).text())?.[1];
    await expect.poll(open).toBe('0');
    expect((await host.tenant('/events', { method: 'HEAD' })).status).toBe(200);
    const stream = await streamOf();
    await stream.next();
    expect(await open()).toBe('1');
    stream.close();
  });

  it('ends when its key is revoked, while other streams stay open', async () => {
    const made = await jsonOf(
      await host.ask('/v1/keys', { json: { tenantId: '1042', label: 'x' } }),
      AnyObject,
    );
    const address = `${host.url}/v1/tenants/1042/events`;
    const [own, other] = [await openSse(address, String(made['key'])), await streamOf()];
    await own.next();
    await other.next();
    await host.ask(`/v1/keys/${String(made['id'])}`, { method: 'DELETE' });
    await expect(own.next()).rejects.toThrow('the stream ended');
    await tell('s-8', '1001');
    expect(JSON.parse((await other.next()).data)).toMatchObject({ callId: 's-8' });
    other.close();
  });

  it('starts at the end of the log if its Last-Event-ID lies beyond the end', async () => {
    const stream = await streamOf('', '999999999');
    expect(Number((await stream.next()).id)).toBeLessThan(999_999_999);
    await tell('s-9', '1001');
    expect(JSON.parse((await stream.next()).data)).toMatchObject({ callId: 's-9' });
    stream.close();
  });

  it('resumes after its Last-Event-ID, with no event lost or repeated', async () => {
    const first = await streamOf();
    const ready = await first.next();
    first.close();
    const ids = Array.from({ length: 450 }, (_, index) => `r-${index}`);
    await Promise.all(ids.map((id) => tell(id, '1001')));
    const second = await streamOf('', ready.id);
    await second.next();
    const seen: string[] = [];
    let last = ready.id;
    for (let count = 0; count < 300; count += 1) {
      const message = await second.next();
      seen.push(JSON.parse(message.data).callId);
      last = message.id;
    }
    second.close();
    const third = await streamOf('', last);
    await third.next();
    for (let count = 300; count < 450; count += 1)
      seen.push(JSON.parse((await third.next()).data).callId);
    third.close();
    expect(seen.toSorted()).toEqual(ids.toSorted());
  });

  it('is refused with an invalid Last-Event-ID, with a key of another company, and without a key', async () => {
    expect((await host.tenant('/events', { headers: { 'Last-Event-ID': 'x' } })).status).toBe(400);
    expect((await fetch(`${host.url}/v1/tenants/1042/events`)).status).toBe(401);
    const { key } = await jsonOf(
      await host.ask('/v1/keys', { json: { tenantId: 'other', label: 'x' } }),
      AnyObject,
    );
    expect((await host.tenant('/events', { key: String(key) })).status).toBe(403);
  });
});

/** A host, for the length of a test, whose company has a webhook at this address. */
async function startHooked(url: string, secrets: Readonly<Record<string, string>> = {}) {
  const own = await startTestHost({ secrets: { webhook: 'a secret of the tests', ...secrets } });
  onTestFinished(() => own.stop());
  const inbound = { allowFrom: ['127.0.0.1'], webhook: { url, secret: '${secret:webhook}' } };
  const json = { ...tenantDocument(own.vendor.url), inbound };
  expect((await own.tenant('', { method: 'PUT', json })).status).toBe(200);
  return {
    own,
    tellOf: (callId: string) =>
      fetch(
        `${own.url}/telephony-proxy/atendimentodiscador?pid=7001&num=41999998888&cid=${callId}&ramal=1001&empresaId=1042`,
      ),
    /** Whether exactly one attempt has ended like this. */
    isCounted: async (outcome: string) =>
      (await (await own.ask('/metrics')).text()).includes(
        `telephony_webhook_deliveries_total{tenant="1042",outcome="${outcome}"} 1`,
      ),
  };
}

/** The server of a CRM, for the length of a test. */
async function startReceiver(listener: RequestListener) {
  const receiver = await startLoopbackServer(listener);
  onTestFinished(() => receiver.close());
  return receiver;
}

/** What after `whsec_` is the secret of nothing. */
const badSecrets = ['not-base64_at.all', '', 'YWJ-ZA=='];

describe('the webhook', () => {
  it.each([
    [200, 'is too long', {}, Buffer.alloc(2 * 1024 ** 2, 'x')],
    [200, 'cannot be unpacked', { 'Content-Encoding': 'gzip' }, Buffer.from('no gzip')],
    [201, 'has a body', {}, Buffer.from('{"id":1}')],
    [204, 'is empty', {}, Buffer.alloc(0)],
    [299, 'has a status that no standard defines', {}, Buffer.from('ok')],
  ])(
    'counts as delivered with status %i if the answer %s',
    async (status, _name, headers, answer) => {
      const receiver = await startReceiver((request, response) => {
        request.resume();
        response.writeHead(status, headers).end(answer);
      });
      const { tellOf, isCounted } = await startHooked(receiver.url);
      await tellOf('w-9');
      await expect.poll(() => isCounted('delivered')).toBe(true);
      expect(await isCounted('failed')).toBe(false);
    },
  );

  it('is signed as the Standard Webhooks specification says', async () => {
    const webhook = `whsec_${Buffer.from('a secret of the webhook tests').toString('base64')}`;
    const received: { headers: IncomingHttpHeaders; body: string }[] = [];
    const receiver = await startReceiver(async (request, response) => {
      received.push({ headers: request.headers, body: String(await wholeBody(request)) });
      response.end();
    });
    const { tellOf } = await startHooked(`${receiver.url}/hooks`, { webhook });
    await tellOf('w-1');
    await expect.poll(() => received.length).toBe(1);
    const [{ headers, body }] = [received[0] ?? { headers: {}, body: '' }];
    const verified = new Webhook(webhook).verify(body, {
      'webhook-id': String(headers['webhook-id']),
      'webhook-timestamp': String(headers['webhook-timestamp']),
      'webhook-signature': String(headers['webhook-signature']),
    });
    expect(verified).toMatchObject({
      type: 'call.answered',
      data: { callId: 'w-1', contactId: '7001' },
    });
  });

  it('is signed with the UTF-8 of a secret that is written out, as a library of any language does', async () => {
    const webhook = 'um segredo com ção e 日本';
    const received: { headers: IncomingHttpHeaders; body: string }[] = [];
    const receiver = await startReceiver(async (request, response) => {
      received.push({ headers: request.headers, body: String(await wholeBody(request)) });
      response.end();
    });
    const { tellOf } = await startHooked(receiver.url, { webhook });
    await tellOf('w-10');
    await expect.poll(() => received.length).toBe(1);
    const { headers, body } = received[0] ?? { headers: {}, body: '' };
    const content = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
    const signature = createHmac('sha256', Buffer.from(webhook)).update(content).digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${signature}`);
  });

  it('is not saved with a secret that could sign nothing', async () => {
    const { own } = await startHooked('https://crm.example/hook');
    const saveWith = async (value: string) => {
      await own.tenant('/secrets/next', { method: 'PUT', json: { value } });
      const inbound = {
        allowFrom: ['127.0.0.1'],
        webhook: { url: 'https://crm.example/hook', secret: '${secret:next}' },
      };
      const answer = await own.tenant('?check=skip', {
        method: 'PUT',
        json: { ...tenantDocument(own.vendor.url), inbound },
      });
      return { status: answer.status, body: await answer.text() };
    };
    for (const afterPrefix of badSecrets) {
      const { status, body } = await saveWith(`whsec_${afterPrefix}`);
      expect(status).toBe(400);
      expect(body).toContain('"path":"inbound.webhook.secret"');
      expect(body).toContain('must be base64');
    }
    expect((await saveWith('whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cw==')).status).toBe(200);
  });

  it('keeps its secret where the next one could sign nothing', async () => {
    const received: IncomingHttpHeaders[] = [];
    const receiver = await startReceiver((request, response) => {
      received.push(request.headers);
      request.resume();
      response.end();
    });
    const { own, tellOf } = await startHooked(receiver.url);
    const put = (name: string, value: string) =>
      own.tenant(`/secrets/${name}`, { method: 'PUT', json: { value } });
    for (const afterPrefix of badSecrets) {
      const refused = await put('webhook', `whsec_${afterPrefix}`);
      expect(refused.status).toBe(400);
      const body = await refused.text();
      expect(body).toContain('"path":"value"');
      expect(body).toContain('inbound.webhook.secret');
      expect(body).toContain('must be base64');
      expect(body).not.toMatch(/not-base64_at|YWJ-ZA/);
      expect((await put('another', `whsec_${afterPrefix}`)).status).toBe(204);
    }
    await tellOf('w-11');
    await expect.poll(() => received.length).toBe(1);
    expect((await put('webhook', 'whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cw==')).status).toBe(204);
  });

  it('is not redirected: a redirect counts as a failed delivery', async () => {
    const asked: string[] = [];
    const receiver = await startReceiver((request, response) => {
      request.resume();
      asked.push(request.url ?? '');
      response.writeHead(302, { Location: '/elsewhere' }).end();
    });
    const { tellOf, isCounted } = await startHooked(`${receiver.url}/hooks`);
    await tellOf('w-2');
    await expect.poll(() => isCounted('failed')).toBe(true);
    expect(asked).toEqual(['/hooks']);
  });

  it('goes to an address that contains a secret, and the exchange log masks the secret', async () => {
    const asked: string[] = [];
    const receiver = await startReceiver((request, response) => {
      request.resume();
      asked.push(request.url ?? '');
      response.end();
    });
    const { own, tellOf } = await startHooked(
      `${receiver.url}/hooks/\${secret:hook}?key=\${secret:hook}`,
      { hook: 'T0k/en of+hook' },
    );
    await tellOf('w-7');
    await expect
      .poll(() => asked)
      .toEqual(['/hooks/T0k%2Fen%20of%2Bhook?key=T0k%2Fen%20of%2Bhook']);
    const shown = async () => (await own.tenant('/exchanges?callId=w-7')).text();
    await expect.poll(shown).toContain('?key=***');
    expect(await shown()).not.toContain('T0k');
  });

  it.each([204, 200, 500])(
    'is in the exchange log with the status of its answer: %d',
    async (status) => {
      const receiver = await startReceiver((request, response) => {
        request.resume();
        response.writeHead(status).end();
      });
      const { own, tellOf } = await startHooked(receiver.url);
      await tellOf('w-8');
      const logged = async () => (await own.tenant('/exchanges?callId=w-8')).json();
      await expect
        .poll(logged, { timeout: 10_000 })
        .toMatchObject({ exchanges: [{ errorCode: null, response: { status } }] });
    },
  );
});
