import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { TelephonyError } from '../../src/index.ts';
import { createTemplateAdapter, TemplateSettingsSchema } from '../../src/template/index.ts';
import { fakeContext } from '../support/fake-context.ts';
import { errorOf, issuesOf } from '../support/template-documents.ts';

const address = '/callbacks/1042/dialer?ramal=9';
const body = '{"to":"41999998888","uuid":"c"}';
const variables = { secret: 's3cret', inBase64: 'czNjcmV0', old: 'b3fore', none: '' };
const fields = {
  number: '{{ body.to }}',
  callId: '{{ body.uuid }}',
  extension: '{{ query.ramal }}',
};
const events = [{ number: '41999998888', callId: 'c', extension: '9' }];
const now = '1795521600';

function read(signature: object, headers: Record<string, string>, content = body, more = {}) {
  const settings = v.parse(TemplateSettingsSchema, {
    variables,
    answeredCall: { fields, ...more, signature },
  });
  const { answeredCall } = createTemplateAdapter(settings).features;
  const request = new Request(`http://127.0.0.1${address}`, {
    method: 'POST',
    headers,
    body: content,
  });
  if (!answeredCall) throw new Error('no answeredCall feature');
  return answeredCall(request, fakeContext());
}

const mac = (text: string, hash = 'sha256', encoding: 'hex' | 'base64' = 'hex', key = 's3cret') =>
  createHmac(hash, key).update(text).digest(encoding);

const plain = {
  given: '{{ header.x-signature }}',
  expected: '{{ text | hmac: variables.secret }}',
};
const refused = { code: 'auth_failed', feature: 'answeredCall' };

describe('answeredCall.signature', () => {
  it('accepts a request that is signed with the secret, byte by byte', async () => {
    expect(await read(plain, { 'X-Signature': mac(body) })).toEqual({ events });
    const marked = `\uFEFF${body}`;
    expect(await read(plain, { 'X-Signature': mac(marked) }, marked)).toEqual({ events });
  });

  it.each([
    ['none', {}, body, 'has no signature'],
    ['an empty one', { 'X-Signature': '' }, body, 'has no signature'],
    ['that of another secret', { 'X-Signature': mac(body, 'sha256', 'hex', 'x') }, body, 'a wrong'],
    ['that of another body', { 'X-Signature': mac(body) }, `${body} `, 'a wrong signature'],
    ['a part of it', { 'X-Signature': mac(body).slice(0, 63) }, body, 'a wrong signature'],
  ])('refuses an event whose signature is %s', async (_what, headers, content, message) => {
    const error = await errorOf(read(plain, headers, content));
    expect(error).toMatchObject(refused);
    expect(error.message).toContain(message);
  });

  // As the documents of these vendors describe their signatures.
  it.each([
    [
      'sha256= before it (Genesys in Base64, GitHub in hexadecimal)',
      {
        given: '{{ header.x-hub-signature-256 }}',
        expected: 'sha256={{ text | hmac: variables.secret, "sha256", "base64" }}',
      },
      { 'x-hub-signature-256': `sha256=${mac(body, 'sha256', 'base64')}` },
    ],
    [
      'a moment and several in one header (Stripe)',
      {
        given: '{{ header.sig | split: "," }}',
        expected:
          'v1={{ [(header.sig | match: "t=([0-9]+)"), ".", text] | join: "" | hmac: variables.secret }}',
        at: '{{ header.sig | match: "t=([0-9]+)" | parseDate: "epoch" }}',
      },
      { sig: `t=${now},v1=${'0'.repeat(64)},v1=${mac(`${now}.${body}`)}` },
    ],
    [
      'id and moment (Standard Webhooks)',
      {
        given: '{{ header.webhook-signature | split: " " }}',
        expected:
          'v1,{{ [header.webhook-id, header.webhook-timestamp, text] | join: "." | hmac: variables.inBase64, "sha256", "base64", "base64" }}',
        at: '{{ header.webhook-timestamp | parseDate: "epoch" }}',
      },
      {
        'webhook-id': 'm1',
        'webhook-timestamp': now,
        'webhook-signature': `v1,x v1,${mac(`m1.${now}.${body}`, 'sha256', 'base64')}`,
      },
    ],
    [
      'the address (Twilio, of JSON)',
      {
        given: '{{ header.x-twilio-signature }}',
        expected:
          '{{ ["https://host.example", address] | join: "" | hmac: variables.secret, "sha1", "base64" }}',
      },
      { 'x-twilio-signature': mac(`https://host.example${address}`, 'sha1', 'base64') },
    ],
    [
      'a fixed word in a header',
      { given: '{{ header.x-api-key }}', expected: '{{ variables.secret }}' },
      { 'X-Api-Key': 's3cret' },
    ],
    [
      'a secret that is being changed',
      {
        given: '{{ header.x-signature }}',
        expected: '{{ [(text | hmac: variables.old), (text | hmac: variables.secret)] }}',
      },
      { 'X-Signature': mac(body) },
    ],
  ])('verifies a signature with %s', async (_what, signature, headers) => {
    expect(await read(signature, headers)).toEqual({ events });
    const spoilt = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace(/\w(?=\W*$)/, '_')]),
    );
    expect(await errorOf(read(signature, spoilt))).toMatchObject(refused);
  });

  it('verifies a signature over the address and the sorted fields of a form (Twilio)', async () => {
    const form = {
      CallSid: 'CA1234567890ABCDE',
      Caller: '+14158675309',
      Digits: '1234',
      From: '+14158675309',
      To: '+18005551212',
    };
    const settings = v.parse(TemplateSettingsSchema, {
      variables: { token: '12345' },
      answeredCall: {
        signature: {
          given: '{{ header.x-twilio-signature }}',
          expected:
            '{{ ["https://mycompany.com", address, (body | sortedPairs: "", "")] | join: "" | hmac: variables.token, "sha1", "base64" }}',
        },
        fields: { number: '{{ body.To }}', callId: '{{ body.CallSid }}', extension: '9' },
      },
    });
    const request = new Request('http://127.0.0.1/myapp.php?foo=1&bar=2', {
      method: 'POST',
      headers: { 'X-Twilio-Signature': 'RSOYDt4T1cUTdK1PDd93/VVr8B8=' },
      body: new URLSearchParams(form),
    });
    const reading = await createTemplateAdapter(settings).features.answeredCall?.(
      request,
      fakeContext(),
    );
    expect(reading?.events).toMatchObject([{ callId: 'CA1234567890ABCDE' }]);
  });

  const timed = {
    given: '{{ header.x-signature }}',
    expected: '{{ [header.x-at, text] | join: "" | hmac: variables.secret }}',
    at: '{{ header.x-at | parseDate: "epoch" }}',
    tolerance: 60,
  };

  it.each([
    ['1795521540', 'taken'],
    ['1795521660', 'taken'],
    ['1795521539', 'auth_failed'],
    ['1795521661', 'auth_failed'],
    ['yesterday', 'auth_failed'],
    ['', 'auth_failed'],
  ])('with a tolerance of 60 seconds: moment %j, outcome %s', async (at, outcome) => {
    const ended = read(timed, { 'X-At': at, 'X-Signature': mac(at + body) });
    expect(
      await ended.then(
        () => 'taken',
        (error: unknown) => TelephonyError.isInstance(error) && error.code,
      ),
    ).toBe(outcome);
  });

  it('answers an unsigned request that "except" lets in, but takes no event from it', async () => {
    const signature = { ...plain, except: 'body.echo' };
    const answer = { text: '{{ body.echo }}' };
    const content = '{"echo":"5e2f","to":"41999998888","uuid":"c"}';
    const reading = await read(signature, {}, content, { answer });
    expect(reading.events).toEqual([]);
    expect(await reading.response?.text()).toBe('5e2f');
    const signed = { 'X-Signature': mac(body) };
    expect(await read(signature, signed, body, { answer })).toMatchObject({ events });
    expect(await errorOf(read(signature, {}, body, { answer }))).toMatchObject(refused);
  });

  it('gives no answer to an unsigned request, because the answer could be signed for a stranger', async () => {
    const more = {
      when: 'body.event == "answered"',
      answer: { text: '{{ body.plain | hmac: variables.secret }}' },
    };
    expect(await errorOf(read(plain, {}, '{"plain":"x"}', more))).toMatchObject(refused);
  });

  it('refuses a request with more than 20 signatures, so that a stranger cannot make the host check any number', async () => {
    const signature = { ...plain, given: '{{ header.x-signatures | split: " " }}' };
    const most = { 'X-Signatures': `${'0 '.repeat(19)}${mac(body)}` };
    expect(await read(signature, most)).toEqual({ events });
    const more = { 'X-Signatures': `${'0 '.repeat(20)}${mac(body)}` };
    const error = await errorOf(read(signature, more));
    expect(error).toMatchObject(refused);
    expect(error.message).toContain('more than 20 signatures');
  });

  it('refuses every request if the secret is empty', async () => {
    const word = { given: '{{ header.x-key }}', expected: '{{ variables.none }}' };
    expect(await errorOf(read(word, { 'X-Key': '' }))).toMatchObject(refused);
    expect(await errorOf(read(word, { 'X-Key': 'x' }))).toMatchObject(refused);
  });

  it('reports when the document is saved that a signature would prove nothing', () => {
    const of = (signature: object) => issuesOf({ variables, answeredCall: { signature } });
    expect(of({ given: '{{ variables.secret }}', expected: '{{ text | sha256 }}' })).toEqual([
      'answeredCall.signature.given: reads nothing from the request; write where the signature is, for example {{ header.x-signature }}',
      'answeredCall.signature.expected: reads no secret, so that whoever sends an event could make it; for example {{ text | hmac: variables.secret }}',
    ]);
    expect(
      of({ given: '{{ headers.x }}', expected: '{{ text | hmac: variables.secrets }}' }),
    ).toEqual([
      'answeredCall.signature.given: unknown variable "headers"; did you mean "header"?',
      'answeredCall.signature.expected: unknown variable "variables.secrets"; did you mean "secret"?',
    ]);
  });

  const faultsOf = (signature: object, answer?: object) =>
    issuesOf({ variables, answeredCall: { signature, ...(answer && { answer }) } });
  const unsignedMoment = [expect.stringMatching(/^answeredCall\.signature\.at: is not signed/)];

  it.each([
    ['{{ now }}', timed.expected, unsignedMoment],
    ['2026-11-30T00:00:00Z', timed.expected, unsignedMoment],
    ['{{ header.x-at }}', plain.expected, unsignedMoment],
    ['{{ query.at }}', '{{ text | hmac: variables.secret }}', unsignedMoment],
    ['{{ header.x-at }}', '{{ variables.secret }}', unsignedMoment],
    ['{{ body.at }}{{ header.x-zone }}', '{{ text | hmac: variables.secret }}', unsignedMoment],
    ['{{ body.at }}', '{{ text | hmac: variables.secret }}', []],
    ['{{ body.at }}', '{{ body | sortedPairs: "", "" | hmac: variables.secret }}', []],
    ['{{ text | match: "t=([0-9]+)" }}', '{{ text | hmac: variables.secret }}', []],
    ['{{ query.at }}', '{{ address | hmac: variables.secret }}', []],
    [timed.at, timed.expected, []],
  ])('checks that the moment %j is signed by %j', (at, expected, faults) => {
    expect(faultsOf({ ...plain, expected, at })).toEqual(faults);
  });

  it('reports that a tolerance without a moment does nothing', () => {
    expect(faultsOf({ ...plain, tolerance: 60 })).toEqual([
      'answeredCall.signature.tolerance: does nothing without "at", the moment of signing',
    ]);
  });

  it.each(['body.plain', 'text', 'address', 'query.plain', 'header.x-plain'])(
    'cannot be combined with an answer that signs %s for strangers',
    (plainly) => {
      const signing = { text: `{{ ${plainly} | hmac: variables.secret }}` };
      const signature = { ...plain, except: 'body.plain' };
      expect(faultsOf(signature, signing)).toEqual([
        expect.stringMatching(/^answeredCall\.answer: combines parts of the request with values/),
      ]);
      expect(faultsOf(plain, signing)).toEqual([]);
      for (const one of [plainly, 'variables.secret'])
        expect(faultsOf(signature, { text: `{{ ${one} }}` })).toEqual([]);
    },
  );
});
