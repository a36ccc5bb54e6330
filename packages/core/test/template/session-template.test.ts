import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { TelephonyError, type Contact, type Delivery } from '../../src/index.ts';
import { createTemplateAdapter, TemplateSettingsSchema } from '../../src/template/index.ts';
import { fakeContext, type FakeReply } from '../support/fake-context.ts';
import { phone } from '../support/run-feature.ts';
import { errorOf, issuesOf } from '../support/template-documents.ts';

/** A system that answers with 200 whatever happens, and says in the body that a session has lapsed. */
const outcome = [{ when: 'reply.code == 19', is: 'auth' }];
const connection = {
  baseUrl: 'https://pbx.example',
  headers: { 'X-Key': '{{ session.key }}' },
  session: {
    request: { method: 'POST', url: '/login' },
    capture: { key: '{{ reply.key }}' },
  },
};
const login = (key: string): FakeReply => ({ body: JSON.stringify({ key }) });
const lapsed: FakeReply = { headers: { 'content-type': 'text/html' }, body: '{"code":19}' };

const gone = (delivery: Delivery) =>
  new TelephonyError({ code: 'network', message: 'The connection broke.', delivery });

const contact: Contact = {
  contactId: '7001',
  name: 'Ana',
  cpf: '',
  phones: [{ areaCode: '41', number: '999998888' }],
};
const mailing = { queue: '7', mailingId: 'm-1', parameters: {}, captures: {} };

const featuresOf = (settings: object) =>
  createTemplateAdapter(v.parse(TemplateSettingsSchema, { ...connection, ...settings })).features;

function fileLoad(more: object = {}) {
  const { contactLoad } = featuresOf({
    contactLoad: {
      unit: 'file',
      request: { method: 'POST', url: '/import' },
      file: { line: 'ID;DDD1Telefone1' },
      outcome,
      ...more,
    },
  });
  if (!contactLoad) throw new Error('no contactLoad feature');
  return contactLoad;
}

const again: AsyncIterable<Contact> = {
  async *[Symbol.asyncIterator]() {
    yield contact;
  },
};

describe('a session', () => {
  it('is opened even if only the items of a list read it', async () => {
    const inItems = { $each: '["a"]', $item: '{{ session.key }}' };
    for (const body of [{ json: [inItems] }, { text: [inItems] }]) {
      const { click2call } = featuresOf({
        headers: {},
        click2call: { request: { method: 'POST', url: '/dial', body } },
      });
      const context = fakeContext([login('k1'), {}]);
      await click2call?.(
        { queue: '7', extension: '1001', phone, parameters: {}, attemptId: 'a' },
        context,
      );
      expect(context.sent.map(({ url }) => url)).toEqual([
        'https://pbx.example/login',
        'https://pbx.example/dial',
      ]);
      expect(context.sent[1]?.body).toContain('k1');
    }
  });

  it('whose login captures nothing fails as auth_failed before anything else is sent', async () => {
    const context = fakeContext([{ body: '{"erro":"senha"}' }]);
    const sending = Promise.resolve(fileLoad().send({ mailing, contacts: again }, context));
    expect(await errorOf(sending)).toMatchObject({
      code: 'auth_failed',
      delivery: 'not_sent',
      message: expect.stringContaining('none of the values that session.capture reads (key)'),
    });
    expect(context.sent.map(({ url }) => url)).toEqual(['https://pbx.example/login']);
  });

  it('is opened before a file is sent', async () => {
    const context = fakeContext([login('k-1'), {}]);
    await fileLoad().send({ mailing, contacts: again }, context);
    expect(context.sent.map(({ url, headers }) => [url, headers['x-key']])).toEqual([
      ['https://pbx.example/login', undefined],
      ['https://pbx.example/import', 'k-1'],
    ]);
  });

  it('is opened even if only a field beside the file reads it', async () => {
    const context = fakeContext([login('k-1'), {}]);
    const load = fileLoad({
      request: { method: 'POST', url: '/import', headers: { 'X-Key': 'none' } },
      file: { line: 'ID', field: 'file', fields: { key: '{{ session.key }}' } },
    });
    await load.send({ mailing, contacts: again }, context);
    expect(context.sent[1]?.body).toContain('name="key"\r\n\r\nk-1\r\n');
  });

  it('that has expired is renewed, and the file is sent again from its first contact', async () => {
    const context = fakeContext([login('old'), lapsed, login('new'), {}]);
    await fileLoad().send({ mailing, contacts: again }, context);
    expect(context.sent.map(({ headers, body }) => [headers['x-key'], body])).toEqual([
      [undefined, ''],
      ['old', '7001;41999998888\r\n'],
      [undefined, ''],
      ['new', '7001;41999998888\r\n'],
    ]);
  });

  it.each<[string, FakeReply]>([
    ['no answer', { error: gone('unknown') }],
    ['a refusal', { status: 422 }],
    ['a failure', { status: 503 }],
  ])(
    'is not renewed if the call gets %s, because the call would be sent again',
    async (_, reply) => {
      const { click2call } = featuresOf({
        click2call: { request: { method: 'POST', url: '/dial' }, outcome },
      });
      const context = fakeContext([login('k-1'), reply]);
      const input = { queue: '7', extension: '1001', phone, parameters: {}, attemptId: 'a' };
      await errorOf(Promise.resolve(click2call?.(input, context)));
      expect(context.sent.map(({ url }) => url)).toEqual([
        'https://pbx.example/login',
        'https://pbx.example/dial',
      ]);
    },
  );

  it('that has expired for two simultaneous calls is renewed once for both', async () => {
    const context = fakeContext([login('old'), lapsed, lapsed, login('new'), {}]);
    const { click2call } = featuresOf({
      click2call: { request: { method: 'POST', url: '/dial' }, outcome },
    });
    const call = (extension: string) =>
      click2call?.(
        { queue: '7', extension, phone, parameters: {}, attemptId: `a-${extension}` },
        context,
      );
    await Promise.all([call('1001'), call('1002')]);
    expect(context.sent.map(({ headers }) => headers['x-key'])).toEqual([
      undefined,
      'old',
      'old',
      undefined,
      'new',
      'new',
    ]);
  });

  it('is opened again for a waiting call if the listener who began the login leaves', async () => {
    const context = fakeContext([login('k-1'), {}]);
    const leaving = new AbortController();
    const begun = Promise.withResolvers<void>();
    const listener = {
      ...fakeContext(),
      signal: leaving.signal,
      fetch: () =>
        new Promise<Response>((_, reject) => {
          leaving.signal.addEventListener('abort', () => reject(gone('unknown')));
          begun.resolve();
        }),
    };
    const { recording, click2call } = featuresOf({
      recording: { request: { url: '/rec/{{ callId }}' } },
      click2call: { request: { method: 'POST', url: '/dial' } },
    });
    const heard = errorOf(Promise.resolve(recording?.({ callId: 'c-1' }, listener)));
    const call = click2call?.(
      { queue: '7', extension: '1001', phone, parameters: {}, attemptId: 'a-1' },
      context,
    );
    await begun.promise;
    leaving.abort();
    expect(await heard).toMatchObject({ code: 'network' });
    expect(await call).toMatchObject({ callId: null });
    expect(context.sent.map(({ headers }) => headers['x-key'])).toEqual([undefined, 'k-1']);
  });

  it('whose login gets no answer leaves a call or a load "not sent", and not in doubt', async () => {
    const context = fakeContext({ error: gone('unknown') });
    const { click2call } = featuresOf({
      click2call: { request: { method: 'POST', url: '/dial' } },
    });
    const input = { queue: '7', extension: '1001', phone, parameters: {}, attemptId: 'a-1' };
    const notSent = { code: 'network', delivery: 'not_sent' };
    expect(await errorOf(Promise.resolve(click2call?.(input, context)))).toMatchObject(notSent);
    const load = fileLoad().send({ mailing, contacts: again }, context);
    expect(await errorOf(Promise.resolve(load))).toMatchObject(notSent);
    expect(context.sent.map(({ url }) => url)).toEqual([
      'https://pbx.example/login',
      'https://pbx.example/login',
    ]);
  });

  it('does not send a file again whose contacts can be read only once, because the file would be empty', async () => {
    const context = fakeContext([login('old'), lapsed, login('new'), {}]);
    const once = again[Symbol.asyncIterator]();
    const contacts = { next: () => once.next(), [Symbol.asyncIterator]: () => contacts };
    const error = await errorOf(fileLoad().send({ mailing, contacts }, context));
    expect(error).toMatchObject({ code: 'auth_failed', delivery: 'answered' });
    expect(context.sent).toHaveLength(3);
  });

  it('that has expired is renewed for a recording that comes as a stream', async () => {
    const audio = { headers: { 'content-type': 'audio/wav' }, body: 'RIFF' };
    const context = fakeContext([login('old'), lapsed, login('new'), audio]);
    const { recording } = featuresOf({
      recording: { request: { url: '/rec/{{ callId }}' }, outcome },
    });
    const response = await recording?.({ callId: 'c-1' }, context);
    expect(await response?.text()).toBe('RIFF');
    expect(context.sent.map(({ headers }) => headers['x-key'])).toEqual([
      undefined,
      'old',
      undefined,
      'new',
    ]);
  });

  it('that has expired is renewed for a report that is read as it arrives', async () => {
    const report = { body: 'ID;FONE;DATA\n7001;41999998888;2026-11-24T09:00:00Z\n' };
    const context = fakeContext([login('old'), lapsed, login('new'), report]);
    const { dialerResults } = featuresOf({
      dialerResults: {
        request: { url: '/report' },
        read: { as: 'delimited', header: true },
        outcome: [{ when: 'text contains "code"', is: 'auth' }],
        fields: {
          contactId: '{{ row.ID }}',
          number: '{{ row.FONE }}',
          at: '{{ row.DATA }}',
          status: 'x',
        },
      },
    });
    const period = { from: new Date(0), to: new Date(0) };
    const attempts = [];
    for await (const attempt of dialerResults?.read({ mailing, period }, context) ?? [])
      attempts.push(attempt);
    expect(attempts).toMatchObject([{ contactId: '7001' }]);
    expect(context.sent).toHaveLength(4);
  });

  it('serves as the "check" of a connection that has none, with a new login each time', async () => {
    const adapter = createTemplateAdapter(v.parse(TemplateSettingsSchema, connection));
    const context = fakeContext([login('k-1'), login('k-2'), { status: 401, body: 'no' }]);
    await adapter.checkCredentials?.(context);
    await adapter.checkCredentials?.(context);
    const error = await errorOf(adapter.checkCredentials?.(context) ?? Promise.resolve());
    expect(error).toMatchObject({ code: 'auth_failed' });
    expect(context.sent).toHaveLength(3);
  });

  it('keeps what the steps before a file have captured', async () => {
    const context = fakeContext([login('k-1'), { body: '{"id":5}' }, { body: '{"n":1}' }]);
    const load = fileLoad({
      steps: [{ request: { method: 'POST', url: '/lists' }, capture: { list: '{{ reply.id }}' } }],
      capture: { size: '{{ reply.n }}' },
    });
    const { captures } = await load.send({ mailing, contacts: again }, context);
    expect(captures).toEqual({ list: '5', size: '1' });
  });
});

describe('a session per operator', () => {
  const perOperator = {
    operators: { '1001': { login: 'ana' } },
    session: {
      per: 'operator',
      request: { method: 'POST', url: '/login', body: { form: { login: '{{ operator.login }}' } } },
      capture: { key: '{{ reply.key }}' },
    },
    recording: { request: { url: '/audio/{{ callId }}' } },
  };
  const audio: FakeReply = { headers: { 'content-type': 'audio/wav' }, body: 'RIFF' };

  it('fetches a recording as the operator of the call', async () => {
    const context = fakeContext([login('a'), audio]);
    const call = { callId: 'c-1', extension: '1001', startedAt: new Date(), captures: {} };
    await featuresOf(perOperator).recording?.({ callId: 'c-1', call }, context);
    expect(context.sent.map(({ body }) => body)).toEqual(['login=ana', '']);
  });

  it.each([undefined, { callId: 'c-1', captures: {} }])(
    'logs nobody in if the operator of the call is unknown: %j',
    async (call) => {
      const context = fakeContext([login('a'), audio]);
      const fetching = Promise.resolve(
        featuresOf(perOperator).recording?.({ callId: 'c-1', ...(call && { call }) }, context),
      );
      expect(await errorOf(fetching)).toMatchObject({
        code: 'invalid_input',
        delivery: 'not_sent',
      });
      expect(context.sent).toEqual([]);
    },
  );

  it.each([
    ['contactLoad.request', { contactLoad: { request: { url: '/contacts' } } }],
    ['contactClear.request', { contactClear: { request: { url: '/contacts' } } }],
    ['check.request', { check: { request: { url: '/ping' } } }],
  ])('is refused in a request without an operator: %s', (place, feature) => {
    expect(issuesOf({ ...connection, ...perOperator, ...feature })).toEqual([
      `${place}: reads the session of an operator, and there is none here; use another connection for it, with a login of its own`,
    ]);
  });

  it('is not required of requests that do not read it', () => {
    const headers = { 'X-Key': 'k' };
    const check = { request: { url: '/ping' } };
    expect(issuesOf({ ...connection, ...perOperator, headers, check })).toEqual([]);
  });
});
