// A contact that the connection cannot write fails with its reason; the others are loaded.
import { startLoopbackServer, type LoopbackServer } from '@finaz-telephony/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startFileHost } from '../support/file-host.ts';
import { jsonOf, ProblemShape } from '../support/json.ts';
import { contacts, ContactsShape, isIn, sendMailing, until } from '../support/mailings.ts';
import { wholeBody } from '../support/whole-body.ts';

let system: LoopbackServer;
let bodies: string[];

beforeEach(async () => {
  bodies = [];
  system = await startLoopbackServer(async (request, response) => {
    const text = (await wholeBody(request))?.toString() ?? '';
    if (request.method !== 'DELETE') bodies.push(text);
    response.setHeader('Content-Type', 'application/json').end('{}');
  });
});
afterEach(() => system.close());

const request = { method: 'POST', url: '/contacts' };
const parts = ['{{ contactId }}', '{{ parameters.debt }}'] as const;
const inBody = (body: object) => ({ request: { ...request, body }, file: undefined });
const byContact = inBody({ text: `${parts.join(';')}\r\n` });
const item = '{{ item.contactId }};{{ item.parameters.debt | required: "the debt" }}\r\n';

it.each([
  [
    'in a file',
    { file: { columns: parts.map((value) => ({ value })), header: false } },
    'The value of {{ parameters.debt }} was not sent.',
  ],
  [
    'in a batch',
    { unit: 'batch', ...inBody({ text: [{ $each: 'items', $item: item, $join: '' }] }) },
    'The connection does not know the debt.',
  ],
  [
    'one by one',
    { unit: 'contact', ...byContact },
    'The value of {{ parameters.debt }} was not sent.',
  ],
  [
    'phone by phone',
    { unit: 'phone', ...byContact },
    'The value of {{ parameters.debt }} was not sent.',
  ],
])('%s', async (_what, contactLoad, message) => {
  const host = await startFileHost(system.url, { contactLoad });
  try {
    const mailing = contacts(3).map((contact, index) =>
      index === 1 ? contact : { ...contact, parameters: { debt: 10 } },
    );
    const id = await sendMailing(host, mailing);
    expect(await until(host, id, isIn('active'))).toMatchObject({
      sent: 2,
      failed: 1,
      inDoubt: 0,
      error: null,
    });
    expect(bodies.join('')).toBe('c-1;10\r\nc-3;10\r\n');
    const failed = await host.tenant(`/mailings/${id}/contacts?state=failed`);
    expect((await jsonOf(failed, ContactsShape)).contacts).toMatchObject([
      { contactId: 'c-2', vendor: { code: 'invalid_input', message } },
    ]);
  } finally {
    await host.stop();
  }
});

it.each([
  ['a file', { file: { columns: parts.map((value) => ({ value })), header: false } }],
  ['a batch', { unit: 'batch', ...inBody({ text: [{ $each: 'items', $item: item, $join: '' }] }) }],
  ['phone by phone', { unit: 'phone', ...byContact }],
])('is told as such by a preview: %s', async (_what, contactLoad) => {
  const host = await startFileHost(system.url, { contactLoad });
  try {
    const [contact] = contacts(1);
    const input = { queue: '7', contact };
    const answer = await host.tenant('/connections/dialer/preview', {
      json: { feature: 'contactLoad', input },
    });
    expect(await jsonOf(answer, ProblemShape)).toMatchObject({ code: 'invalid_input' });
  } finally {
    await host.stop();
  }
});

it.each([
  ['in a file', { file: { columns: [{ value: '{{ queueSettings.code }}' }], header: false } }],
  ['in a batch', { unit: 'batch', ...inBody({ text: '{{ queueSettings.code }}' }) }],
  ['one by one', { unit: 'contact', ...inBody({ text: '{{ queueSettings.code }}' }) }],
  ['phone by phone', { unit: 'phone', ...inBody({ text: '{{ queueSettings.code }}' }) }],
])('none fails if the settings lack its queue: the load stops, %s', async (_what, contactLoad) => {
  const host = await startFileHost(system.url, { contactLoad });
  try {
    const id = await sendMailing(host, contacts(3));
    expect(await until(host, id, isIn('stopped', 'active'))).toMatchObject({
      state: 'stopped',
      pending: 3,
      failed: 0,
      error: { message: expect.stringContaining('has no entry for this queue') },
    });
    expect(bodies).toEqual([]);
  } finally {
    await host.stop();
  }
});
