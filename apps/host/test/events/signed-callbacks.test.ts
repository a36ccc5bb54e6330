import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestHost, tenantDocument, type TestHost } from '../support/test-host.ts';

const secret = 'callback-secret-of-the-tests';
const body = '{"to":"41999998888","call":"c-1","agent":"1001","name":"São"}';
const address = '/callbacks/1042/dialer?side=a%20b';

let host: TestHost;

beforeAll(async () => {
  const { connections } = tenantDocument('https://pbx.example');
  const answeredCall = {
    signature: {
      given: '{{ header.x-signature }}',
      expected:
        '{{ ["https://host.example", address, text] | join: "" | hmac: variables.secret, "sha1", "base64" }}',
    },
    fields: { number: '{{ body.to }}', callId: '{{ body.call }}', extension: '{{ body.agent }}' },
  };
  const settings = { variables: { secret: '${secret:callback}' }, answeredCall };
  host = await startTestHost({
    secrets: { callback: secret },
    document: {
      connections: { dialer: { ...connections.dialer, settings } },
      features: { answeredCall: 'dialer' },
    },
  });
});
afterAll(() => host.stop());

const sign = (path: string, key = secret) =>
  createHmac('sha1', key).update(`https://host.example${path}${body}`).digest('base64');

const tell = (path: string, signature?: string) =>
  fetch(`${host.url}${path}`, {
    method: 'POST',
    body,
    ...(signature !== undefined && { headers: { 'X-Signature': signature } }),
  });

it('takes a callback whose address and body the telephone system has signed, and no other', async () => {
  const refused = await Promise.all([
    tell(address),
    tell(address, sign(address, 'guess')),
    tell(`${address}&more=1`, sign(address)),
  ]);
  expect(refused.map(({ status }) => status)).toEqual([403, 403, 403]);
  expect(host.logged.join('')).toContain('an event was refused: The notification has no signature');
  const taken = await tell(address, sign(address));
  expect(taken.status).toBe(200);
  expect(await taken.json()).toMatchObject({ status: 'ok', eventIds: [expect.any(String)] });
  expect(host.logged.join('')).not.toContain(secret);
});
