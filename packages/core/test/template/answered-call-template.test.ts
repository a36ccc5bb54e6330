import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { createTemplateAdapter, TemplateSettingsSchema } from '../../src/template/index.ts';
import { fakeContext } from '../support/fake-context.ts';
import { errorOf } from '../support/template-documents.ts';

const address = 'https://host.example/callbacks/1042/dialer';
const webhook = (body: string) => new Request(address, { method: 'POST', body });

async function read(request: Request, answeredCall: object = {}) {
  const settings = v.parse(TemplateSettingsSchema, { answeredCall });
  const readAnsweredCall = createTemplateAdapter(settings).features.answeredCall;
  if (!readAnsweredCall) throw new Error('no answeredCall feature');
  return readAnsweredCall(request, fakeContext());
}

const call = { contactId: '1', number: '41999998888', callId: 'c', extension: '9' };

describe('answeredCall', () => {
  it.each([
    ['pid=1&num=(41)99999-8888&cid=c&ramal=9', call],
    ['pid=1&num=sip:41999998888@10.0.0.5:5060&cid=c&ramal=9', call],
    ['pid=&num=41999998888&cid=c&ramal=9', { ...call, contactId: undefined }],
    ['pid=--A--lead--B--&num=41999998888&cid=c&ramal=9', { ...call, contactId: undefined }],
    ['pid=undefined&num=41999998888&cid=c&ramal=9', { ...call, contactId: undefined }],
    ['num=%2B55+41+99999-8888&cid=c&ramal=9&pid=1', { ...call, number: '+5541999998888' }],
    ['num=41999998888&cid=c&cid=d&ramal=9&__proto__=x&pid=1', { ...call, callId: 'd' }],
  ])('reads the parameters of the manual: %s', async (query, event) => {
    const wanted = { events: [JSON.parse(JSON.stringify(event))] };
    expect(await read(new Request(`${address}?${query}`))).toEqual(wanted);
    expect(await read(new Request(`${address}?${query}`, { method: 'POST' }))).toEqual(wanted);
  });

  const fields = {
    contactId: '{{ body.crm }}',
    number: '{{ body.call.to }}',
    callId: '{{ body.call.id }}',
    extension: '{{ body.agent }}',
  };

  it('reads a JSON body of any shape, with all digits of long ids', async () => {
    const body = '{"call":{"id":12345678901234567890,"to":"41 99999-8888"},"agent":9,"crm":1}';
    expect(await read(webhook(body), { fields })).toEqual({
      events: [{ ...call, callId: '12345678901234567890' }],
    });
  });

  it('reads a form body, with parts of the query and with filters', async () => {
    const form = {
      contactId: '{{ body.pid }}',
      number: '{{ body["num"] }}',
      callId: '{{ query.prefix }}-{{ body.cid }}',
      extension: '{{ body.ramal | digits }}',
    };
    const request = new Request(`${address}?prefix=a`, {
      method: 'POST',
      body: new URLSearchParams({ pid: '1', num: '41999998888', cid: 'c', ramal: 'SIP/9' }),
    });
    expect(await read(request, { fields: form })).toEqual({ events: [{ ...call, callId: 'a-c' }] });
  });

  it.each([
    ['num=41999998888&ramal=9', 'callId: is missing'],
    ['num=41999998888&ramal=9&cid=--A--uniqueid--B--', 'callId: is missing'],
    ['num=41999998888&ramal=9&cid=null', 'callId: is missing'],
    ['num=41999998888&ramal=9&cid=%3CCID%3E', 'callId: is missing'],
    ['num=41999998888&ramal=9&cid=%7Bcid%7D', 'callId: is missing'],
    ['num=41999998888&ramal=9&cid=[call.id]', 'callId: is missing'],
    ['num=41999998888&cid=c&ramal=$%7Bramal%7D', 'extension: is missing'],
    ['cid=c', 'number: is missing; extension: is missing'],
    ['num=anonymous&cid=c&ramal=9', 'number: a number has digits'],
    [`num=1&cid=${'c'.repeat(300)}&ramal=9`, 'callId: call id has more than 256 characters'],
    [
      'num=1&cid=c%00&ramal=9',
      'callId: call id contains a control character, or half of a character',
    ],
  ])('refuses %s, and says what is wrong', async (query, message) => {
    const error = await errorOf(read(new Request(`${address}?${query}`)));
    expect(error).toMatchObject({ code: 'invalid_input', feature: 'answeredCall' });
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('anonymous');
  });

  const answered = {
    when: 'body.status == "answered" and (query.side | default: "customer") == "customer"',
    fields: { number: '{{ body.to }}', callId: '{{ body.uuid }}', extension: '{{ query.ramal }}' },
  };

  it.each([
    ['ringing', '', 0],
    ['completed', '', 0],
    ['', '', 0],
    ['answered', '&side=operator', 0],
    ['answered', '', 1],
  ])('reads an event only if "when" holds: %j%s', async (status, side, count) => {
    const body = JSON.stringify({ status, to: '5541999998888', uuid: 'c' });
    const request = new Request(`${address}?ramal=9${side}`, { method: 'POST', body });
    expect((await read(request, answered)).events).toHaveLength(count);
  });

  it('reads a multipart form', async () => {
    const body = new FormData();
    for (const [name, value] of Object.entries({
      status: 'answered',
      to: '41999998888',
      uuid: 'c',
    }))
      body.set(name, value);
    const request = new Request(`${address}?ramal=9`, { method: 'POST', body });
    expect((await read(request, answered)).events).toHaveLength(1);
  });

  it.each([
    ['<call><status>answered</status></call>', 'application/xml'],
    ['--x\r\nbroken', 'multipart/form-data; boundary=y'],
  ])('refuses a body that it cannot read, instead of ignoring it: %s', async (body, type) => {
    const headers = { 'Content-Type': type };
    const request = new Request(address, { method: 'POST', body, headers });
    expect(await errorOf(read(request, answered))).toMatchObject({
      code: 'invalid_input',
      message: 'The body of the notification is neither JSON nor a form.',
    });
  });

  it('ignores a notification for which "when" does not hold, without reading its fields', async () => {
    expect(await read(webhook('{"event":"recording.ready"}'), answered)).toEqual({ events: [] });
  });

  it.each([
    [{ text: '{{ query.echo }}' }, 'x<1>&2', 'text/plain; charset=utf-8'],
    [{ text: '{{ query.none }}' }, '', 'text/plain; charset=utf-8'],
    [
      { json: { retCode: '0', of: '{{ body.uuid }}' } },
      '{"retCode":"0","of":"c"}',
      'application/json',
    ],
  ])('answers an ignored notification as "answer" says: %j', async (answer, text, type) => {
    const body = '{"status":"ringing","uuid":"c"}';
    const request = new Request(`${address}?echo=x%3C1%3E%262`, { method: 'POST', body });
    const { events, response } = await read(request, { ...answered, answer });
    expect(events).toEqual([]);
    expect(response?.status).toBe(200);
    expect(await response?.text()).toBe(text);
    expect(Object.fromEntries(response?.headers ?? [])).toEqual({
      'cache-control': 'no-store',
      'content-type': type,
      'x-content-type-options': 'nosniff',
    });
  });

  it('answers a test of the address with its word and an HMAC, but only if the test is signed', async () => {
    const signature = { given: '{{ header.x-signature }}', expected: '{{ variables.word }}' };
    const answer = {
      json: {
        'plainToken?': '{{ body.payload.plainToken }}',
        encryptedToken: '{{ body.payload.plainToken | hmac: variables.secret }}',
      },
    };
    const when = 'body.event == "answered"';
    const settings = {
      variables: { secret: 's3cret', word: 'signed' },
      answeredCall: { signature, when, answer },
    };
    const { features } = createTemplateAdapter(v.parse(TemplateSettingsSchema, settings));
    const told = (given: string) =>
      features.answeredCall?.(
        new Request(address, {
          method: 'POST',
          body: '{"event":"url_validation","payload":{"plainToken":"q"}}',
          headers: { 'X-Signature': given },
        }),
        fakeContext(),
      );
    const reading = await told('signed');
    const encryptedToken = createHmac('sha256', 's3cret').update('q').digest('hex');
    expect(await reading?.response?.json()).toEqual({ plainToken: 'q', encryptedToken });
    await expect(told('forged')).rejects.toMatchObject({ code: 'auth_failed' });
  });

  it('cannot have two kinds of answer', () => {
    const answer = { text: 'ok', json: {} };
    expect(() => v.parse(TemplateSettingsSchema, { answeredCall: { answer } })).toThrow(
      'needs exactly one of json, text',
    );
  });

  it.each([
    ['that ends inside an object', '{"call":'],
    ['that ends inside a list', '[1,'],
    ['of 100,000 levels', '{"a":'.repeat(100_000)],
  ])('refuses broken JSON %s', async (_what, body) => {
    expect(await errorOf(read(webhook(body), { fields }))).toMatchObject({
      code: 'invalid_input',
      message: 'The body of the notification is not valid JSON.',
    });
  });

  it('is not misled by a "__proto__" key in the body', async () => {
    const body = '{"__proto__":{"agent":"9","polluted":1},"call":{"to":"1","id":"c"}}';
    const error = await errorOf(read(webhook(body), { fields }));
    expect(error.message).toContain('extension: is missing');
    expect({}).not.toHaveProperty('polluted');
  });
});
