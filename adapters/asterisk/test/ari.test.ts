import { createTestContext, startLoopbackServer } from '@finaz-telephony/testing';
import * as v from 'valibot';
import { describe, expect, it, onTestFinished } from 'vitest';
import { inAmiSession } from '../src/ami.ts';
import { askAri } from '../src/ari.ts';
import { checkQueue } from '../src/check-queue.ts';
import asterisk from '../src/index.ts';
import { AsteriskSettingsSchema } from '../src/settings.ts';

const settings = v.parse(AsteriskSettingsSchema, {
  baseUrl: 'http://pbx.example:8088',
  ari: { password: 'a-password' },
  ami: { password: 'a-password' },
});

describe('a refusal by ARI', () => {
  it.each([
    ['Write access denied', /may only read/, /read_only=no/],
    ['Access denied by ACL', /from the address of this host/, /permit/],
  ])('says what to mend: %s', async (words, message, hint) => {
    const context = {
      ...createTestContext(),
      fetch: async () => Response.json({ message: words }, { status: 403 }),
    };
    const told = askAri({ settings, context, feature: undefined }, 'POST', '/channels', {});
    await expect(told).rejects.toMatchObject({
      code: 'auth_failed',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });
});

describe('a proxy in front of Asterisk', () => {
  it.each([
    [429, { code: 'rate_limited', retryable: true, retryAfterMs: 7000 }],
    [401, { code: 'auth_failed' }],
  ])(
    'is reported by its status %i, from ARI and from the manager interface alike',
    async (status, told) => {
      const headers = { 'Retry-After': '7' };
      const fetch = async () => new Response('Slow down.', { status, headers });
      const work = { settings, context: { ...createTestContext(), fetch }, feature: undefined };
      await expect(inAmiSession(work, async () => undefined)).rejects.toMatchObject(told);
      await expect(askAri(work, 'POST', '/channels', {})).rejects.toMatchObject(told);
    },
  );
});

describe('a gateway in front of Asterisk that loses its answer', () => {
  const phone = { kind: 'mobile', areaCode: '11', number: '987654321' } as const;
  const call = {
    queue: '100',
    extension: '1001',
    phone: { ...phone, e164: '+5511987654321' },
    parameters: {},
    attemptId: 'a-1',
  };

  it.each([
    [502, 'network'],
    [504, 'timeout'],
    [520, 'network'],
    [524, 'timeout'],
  ])('leaves a click2call in doubt if it answers with status %i', async (status, code) => {
    const dialed: string[] = [];
    const server = await startLoopbackServer((request, response) => {
      if (request.method === 'GET') {
        response.end('{"state":"online","channel_ids":[]}');
        return;
      }
      dialed.push(request.url ?? '');
      response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');
    });
    onTestFinished(server.close);
    const { click2call } = asterisk.create({ ...settings, baseUrl: server.url }).features;
    await expect(click2call?.(call, createTestContext())).rejects.toMatchObject({
      code,
      delivery: 'unknown',
      vendor: { status },
    });
    expect(dialed).toEqual(['/ari/channels']);
  });

  it.each(['<h1>Manutencao</h1>', '{"error":', '{}'])(
    'leaves a click2call in doubt if it answers with status 200 and %s',
    async (page) => {
      const server = await startLoopbackServer((request, response) => {
        response.end(request.method === 'GET' ? '{"state":"online","channel_ids":[]}' : page);
      });
      onTestFinished(server.close);
      const { click2call } = asterisk.create({ ...settings, baseUrl: server.url }).features;
      await expect(click2call?.(call, createTestContext())).rejects.toMatchObject({
        code: 'unreadable_response',
        delivery: 'unknown',
      });
    },
  );

  it.each([
    [200, { code: 'unreadable_response', delivery: 'unknown' }],
    [503, { code: 'unavailable', delivery: 'answered', retryAfterMs: 7000 }],
    [520, { code: 'network', delivery: 'unknown' }],
    [524, { code: 'timeout', delivery: 'unknown' }],
  ])(
    'is not mistaken for a refusal by the manager interface if it answers with status %i',
    async (status, told) => {
      let answered = 0;
      const server = await startLoopbackServer((request, response) => {
        request.resume();
        request.on('end', () => {
          if (answered === 0) {
            const cookie = 'mansession_id="0123abcd"; Version=1';
            response
              .writeHead(200, { 'set-cookie': cookie })
              .end('Response: Success\r\nMessage: Authentication accepted\r\n\r\n');
          } else response.writeHead(status, { 'retry-after': '7' }).end('<h1>Bad gateway</h1>');
          answered += 1;
        });
      });
      onTestFinished(server.close);
      const context = createTestContext();
      const work = { settings: { ...settings, baseUrl: server.url }, context, feature: undefined };
      const written = inAmiSession(work, (act) =>
        act({ Action: 'DBPut', Family: 'finaz', Key: 'x' }),
      );
      await expect(written).rejects.toMatchObject(told);
    },
  );
});

describe('an Asterisk that is starting', () => {
  /** The answer of Asterisk's web server before the interface is there. */
  const notYet = async () => new Response('<html>Not Found</html>', { status: 404 });
  const work = {
    settings,
    context: { ...createTestContext(), fetch: notYet },
    feature: undefined,
  };

  it('is reported as unavailable and retryable: an error of configuration would stop the mailing', async () => {
    for (const ask of [
      () => askAri(work, 'POST', '/channels', {}),
      () => inAmiSession(work, async () => undefined),
    ])
      await expect(ask()).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  });

  it('reports a queue as unavailable, and not as missing, until it knows whether the queue exists', async () => {
    const answering = (value: string) =>
      checkQueue(
        async () => ({ isSuccess: true, message: '', text: `Value: ${value}\r\n` }),
        '100',
        'contactLoad',
      );
    await expect(answering('')).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    await expect(answering('0')).rejects.toMatchObject({ code: 'not_found' });
    await expect(answering('1')).resolves.toBeUndefined();
  });
});
