import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { jsonOf, ProblemShape } from '../support/json.ts';
import { startTestHost, tenantDocument, type TestHost } from '../support/test-host.ts';

const secret = 'callback-secret-of-the-tests';
const body = '{"to":"41999998888","call":"c-1","agent":"1001","name":"São"}';
const address = '/callbacks/1042/dialer?side=a%20b';

let host: TestHost;

const documentWith = (expected: string) => {
  const { connections } = tenantDocument('https://pbx.example');
  const answeredCall = {
    signature: { given: '{{ header.x-signature }}', expected },
    fields: { number: '{{ body.to }}', callId: '{{ body.call }}', extension: '{{ body.agent }}' },
  };
  const settings = { variables: { secret: '${secret:callback}' }, answeredCall };
  return {
    connections: { dialer: { ...connections.dialer, settings } },
    features: { answeredCall: 'dialer' },
  };
};

beforeAll(async () => {
  host = await startTestHost({
    secrets: { callback: secret },
    document: documentWith(
      '{{ ["https://host.example", address, text] | join: "" | hmac: variables.secret, "sha1", "base64" }}',
    ),
  });
});
afterAll(() => host.stop());

const sign = (path: string, key = secret) =>
  createHmac('sha1', key).update(`https://host.example${path}${body}`).digest('base64');

const tell = (path: string, signature?: string, at = host) =>
  fetch(`${at.url}${path}`, {
    method: 'POST',
    body,
    ...(signature !== undefined && { headers: { 'X-Signature': signature } }),
  });

it('a callback is accepted only with a valid signature of its address and body', async () => {
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

it('callbacks get 503 while the signing secret is malformed; the log and the check on saving say why, the answer to the sender does not', async () => {
  const document = documentWith('{{ text | hmac: variables.secret, "sha256", "hex", "base64" }}');
  const broken = await startTestHost({
    secrets: { callback: 'a2V5IG9mIHRoZSB0ZXN0cw==' },
    document,
  });
  onTestFinished(() => broken.stop());
  expect((await tell(address, 'of a stranger', broken)).status).toBe(403);
  const mistyped = { method: 'PUT', json: { value: 'no Base64: #' } };
  expect((await broken.tenant('/secrets/callback', mistyped)).status).toBe(204);
  for (const signature of ['of anybody', undefined]) {
    const answer = await tell(address, signature, broken);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('Retry-After')).not.toBeNull();
    const problem = await jsonOf(answer, ProblemShape);
    expect(problem.code).toBe('invalid_config');
    // A stranger must not learn how events are signed.
    expect(JSON.stringify(problem)).not.toContain('HMAC');
  }
  const reason = 'The key of an HMAC is empty, or not written as its fourth value says';
  expect(broken.logged.join('')).toContain(reason);
  const stored: unknown = await (await broken.tenant('')).json();
  const saved = await broken.tenant('', { method: 'PUT', json: Object.assign({}, stored) });
  expect(saved.status).toBe(400);
  const refusal = await saved.text();
  expect(refusal).toContain(`takes no event: ${reason}`);
  expect(refusal).toContain('save without this test (--skip-check, ?check=skip)');
});
