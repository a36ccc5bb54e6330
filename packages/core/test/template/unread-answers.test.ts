// Answers that say nothing must count neither as a success nor as a refusal.
import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import type { Contact } from '../../src/index.ts';
import { createTemplateAdapter, TemplateSettingsSchema } from '../../src/template/index.ts';
import { fakeContext, type FakeReply } from '../support/fake-context.ts';
import { runFeature } from '../support/run-feature.ts';
import { errorOf } from '../support/template-documents.ts';

const contact: Contact = {
  contactId: '7001',
  name: 'Ana\u037e119',
  cpf: '',
  phones: [{ areaCode: '41', number: '999998888' }],
};
const mailing = { queue: '7', mailingId: 'm-1', parameters: { code: 'X9' }, captures: {} };

function loading(contactLoad: object) {
  const settings = { baseUrl: 'https://pbx.example', contactLoad };
  const { features } = createTemplateAdapter(v.parse(TemplateSettingsSchema, settings));
  if (!features.contactLoad) throw new Error('no contactLoad feature');
  return features.contactLoad;
}

async function send(contactLoad: object, reply: FakeReply, given = contact) {
  const context = fakeContext(reply);
  const contacts = async function* () {
    yield given;
  };
  await loading(contactLoad).send({ mailing, contacts: contacts() }, context);
  return context.sent[0]?.body ?? '';
}

const request = { method: 'POST', url: '/contacts', body: { json: '{{ contactId }}' } };

describe.each(['click2call', 'transfer'] as const)('a %s', (feature) => {
  const outcome = [{ when: 'reply.ok == false', is: 'refused' }];
  const reading = { [feature]: { request: { url: 'https://pbx.example/x' }, outcome } };
  const failure = (reply: FakeReply) => errorOf(runFeature(feature, reading, reply).result);

  it.each([
    ['a page', '<html>Manutenção</html>', 'unreadable_response'],
    ['a notice before its answer', '<br>Notice: …{"ok":true}', 'unreadable_response'],
    [
      'an answer that is too deep to be read',
      '['.repeat(70) + ']'.repeat(70),
      'response_too_large',
    ],
  ])('is in doubt if %s comes with a success status', async (_, body, code) => {
    expect(await failure({ body })).toMatchObject({ code, delivery: 'unknown' });
    expect(await failure({ body, status: 500 })).toMatchObject({ delivery: 'answered' });
  });
});

describe.each(['click2call', 'transfer', 'contactClear', 'contactLoad'] as const)(
  'a %s that may be answered with an HTML page',
  (feature) => {
    const asked = { url: 'https://pbx.example/x' };
    const body = '\ufeff\n<!DOCTYPE html><html><body>Sistema em manutenção</body></html>';
    const run = (more: object, reply: FakeReply | readonly FakeReply[] = { body }) =>
      runFeature(feature, { [feature]: { request: asked, ...more } }, reply).result;

    it('does not count a page as a success if nothing reads the answer, because the page may say that the system is down', async () => {
      const error = await errorOf(run({}));
      expect(error).toMatchObject({
        code: 'unreadable_response',
        feature,
        message: expect.stringContaining('a page (HTML)'),
        hint: expect.stringContaining('add a rule'),
        // A clear is sent again.
        delivery: feature === 'contactClear' ? 'answered' : 'unknown',
      });
      expect(await errorOf(run({}, { body, status: 503 }))).toMatchObject({ code: 'unavailable' });
    });

    it.each([
      ['OK', {}],
      ['<response>ok</response>', {}],
      [body, { outcome: [{ when: 'status == 200', is: 'ok' }] }],
      [body, { outcome: [{ when: 'text contains "erro"', is: 'refused' }] }],
      [body, { capture: { call: "{{ text | match: 'id=([0-9]+)' }}" } }],
      [body, { read: { as: 'text' }, outcome: [{ when: 'reply == "NO"', is: 'refused' }] }],
      [
        `${body} id=7`,
        {
          read: { as: 'regex', pattern: 'id=(?P<id>[0-9]+)' },
          capture: { call: '{{ reply.id }}' },
        },
      ],
    ])('counts %s as a success with %j', async (answer, more) => {
      await expect(run(more, { body: answer })).resolves.not.toThrow();
    });

    it.each(['xml', 'pairs', 'delimited', 'json'])(
      'does not count a page as a success if rules read it as %s, because no rule can hold there',
      async (as) => {
        const looked = { read: { as }, outcome: [{ when: 'reply.error != null', is: 'refused' }] };
        const page = '<!DOCTYPE html>\n<html lang="pt"><body>Sistema em manutenção</body></html>';
        expect(await errorOf(run(looked, { body: page }))).toMatchObject({
          code: 'unreadable_response',
        });
      },
    );

    it('can have earlier steps that are answered with pages', async () => {
      const steps = [{ request: { url: 'https://pbx.example/pause' } }];
      await expect(run({ steps }, [{ body }, { body: 'OK' }])).resolves.not.toThrow();
    });
  },
);

it.each(['prepare', 'activate', 'deactivate'] as const)(
  'a mailing does not count as %sd if its last step is answered with an HTML page',
  async (moment) => {
    const steps = [{ request: { url: '/login' } }, { request: { method: 'POST', url: '/do' } }];
    const run = (reply: FakeReply | readonly FakeReply[]) =>
      loading({ request, [moment]: steps })[moment]?.(mailing, fakeContext(reply));
    const body = '<html><body>Sistema em manutenção</body></html>';
    expect(await errorOf(Promise.resolve(run({ body })))).toMatchObject({
      code: 'unreadable_response',
      message: expect.stringContaining('a page (HTML)'),
    });
    await expect(run([{ body }, { body: 'OK' }])).resolves.not.toThrow();
  },
);

it('a batch is in doubt if an HTML page comes instead of the XML that would name the refused contacts', async () => {
  const batch = {
    unit: 'batch',
    size: 10,
    request: { method: 'POST', url: '/contacts', body: { json: '{{ items }}' } },
    read: { as: 'xml' },
    rejected: { rows: 'reply.result.refused', contactId: '{{ row.id }}' },
  };
  const error = await errorOf(send(batch, { body: '<html><body>Manutenção</body></html>' }));
  expect(error).toMatchObject({ code: 'unreadable_response', delivery: 'unknown' });
});

it('a call is never in doubt because of the answer to its login', async () => {
  const settings = {
    baseUrl: 'https://pbx.example',
    session: { request: { url: '/login' }, capture: { token: '{{ reply.token }}' } },
    click2call: {
      request: { url: '/dial', headers: { 'x-token': '{{ session.token }}' } },
    },
  };
  for (const reply of [{ body: '<html>Manutenção</html>' }, { status: 504 }]) {
    const error = await errorOf(runFeature('click2call', settings, reply).result);
    expect(error.delivery).not.toBe('unknown');
  }
});

describe('a load', () => {
  it('is in doubt if an HTML page comes instead of the fields that its rules read', async () => {
    const outcome = [{ when: 'reply.sucesso == false', is: 'refused' }];
    const error = await errorOf(send({ request, outcome }, { body: '<html>Manutenção</html>' }));
    expect(error).toMatchObject({ code: 'unreadable_response', delivery: 'unknown' });
    await send({ request, outcome }, { body: '' });
    await send({ request, outcome }, { body: '{"sucesso":true}' });
  });

  it('is in doubt if its answer is too deep to be read, unless the status is a failure', async () => {
    const deep = '['.repeat(70) + ']'.repeat(70);
    const reading = { request, outcome: [{ when: 'reply.ok == false', is: 'refused' }] };
    expect(await errorOf(send(reading, { body: deep }))).toMatchObject({
      code: 'response_too_large',
      delivery: 'unknown',
    });
    expect(await errorOf(send(reading, { body: deep, status: 500 }))).toMatchObject({
      delivery: 'answered',
    });
  });

  it('fails its search for contacts if no row has a contact id, because all contacts would be sent again', async () => {
    const find = { request: { url: '/find' }, rows: 'reply.rows', contactId: '{{ row.idCrm }}' };
    const { find: ask } = loading({ request, find });
    const answer = (row: object) => fakeContext({ body: JSON.stringify({ rows: [row] }) });
    expect(await ask?.(mailing, [contact], answer({ idCrm: '7001' }))).toEqual(new Set(['7001']));
    const misread = Promise.resolve(ask?.(mailing, [contact], answer({ id_crm: '7001' })));
    expect(await errorOf(misread)).toMatchObject({ code: 'unreadable_response' });
  });
});

describe('a contact file', () => {
  const file = (columns: readonly string[], more: object = {}) => ({
    unit: 'file',
    request: { method: 'POST', url: '/file' },
    file: { header: false, columns: columns.map((value) => ({ value })), ...more },
  });

  it('can have the parameters of the mailing', async () => {
    const columns = ['{{ contactId }}', '{{ parameters.code }}'];
    expect(await send(file(columns), {})).toContain('7001;X9');
  });

  it.each([
    ['needed', '"Ana\r\nSilva";7001;"a""b";"x;y"\n'],
    ['always', '"Ana\r\nSilva";"7001";"a""b";"x;y"\n'],
    ['never', 'Ana Silva;7001;a"b;x y\n'],
  ])('keeps a value in its cell and a contact in its line: quotes %s', async (quote, line) => {
    const columns = ['{{ name }}', '{{ contactId }}', '{{ parameters.a }}', '{{ parameters.b }}'];
    const odd = { ...contact, name: 'Ana\r\nSilva', parameters: { a: 'a"b', b: 'x;y' } };
    expect(await send(file(columns, { quote, lineEnd: 'lf' }), {}, odd)).toBe(line);
  });

  it.each([
    ['needed', '"7001|"||x|y||\n'],
    ['never', '7001 ||x|y||\n'],
  ])('does not split a cell that ends like the delimiter: quotes %s', async (quote, line) => {
    const columns = ['{{ contactId }}{{ parameters.a }}', '{{ parameters.b }}', ''];
    const odd = { ...contact, parameters: { a: '|', b: 'x|y' } };
    const delimiter = '||';
    expect(await send(file(columns, { quote, lineEnd: 'lf', delimiter }), {}, odd)).toBe(line);
  });

  it('has no character that its charset would turn into a delimiter', async () => {
    const columns = ['{{ name }}', '{{ contactId }}'];
    const text = await send(file(columns, { charset: 'iso-8859-1' }), {});
    expect(text).toContain('Ana?119;7001');
  });
});

it('a recording at an address without TLS gets no credentials of a connection with TLS', async () => {
  const settings = {
    baseUrl: 'https://pbx.example',
    headers: { Authorization: 'Bearer s3cret' },
    recording: {
      steps: [{ request: { url: '/r/{{ callId }}' }, capture: { at: '{{ reply.url }}' } }],
      request: { url: '{{ captures.at }}' },
    },
  };
  const { recording } = createTemplateAdapter(v.parse(TemplateSettingsSchema, settings)).features;
  const context = fakeContext([
    { body: '{"url":"http://pbx.example/a.wav"}' },
    { body: 'RIFF', headers: { 'content-type': 'audio/wav' } },
  ]);
  await recording?.({ callId: 'c-1' }, context);
  expect(context.sent.map(({ url }) => url)).toEqual([
    'https://pbx.example/r/c-1',
    'http://pbx.example/a.wav',
  ]);
  expect(JSON.stringify(context.sent[0])).toContain('s3cret');
  expect(JSON.stringify(context.sent[1])).not.toContain('s3cret');
});
