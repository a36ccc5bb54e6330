import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import {
  createTemplateAdapter,
  fromTemplate,
  TemplateSettingsSchema,
} from '../../src/template/index.ts';
import { fakeContext } from '../support/fake-context.ts';
import { dial, errorOf, issuesOf } from '../support/template-documents.ts';

const host = 'the host of an address may only come from {{ variables… }}';

describe('mistakes in a document', () => {
  it.each([
    [
      dial({ url: 'https://pbx.example/{{ ramall }}' }),
      'click2call.request.url: unknown variable "ramall"; did you mean "extension"?',
    ],
    [
      dial({ query: { n: '{{ numero }}' } }),
      'click2call.request.query.n: unknown variable "numero"; did you mean "number"?',
    ],
    [
      dial({ headers: { 'X-Fila': '{{ fila }}' } }),
      'click2call.request.headers.X-Fila: unknown variable "fila"; did you mean "queue"?',
    ],
    [
      dial({ method: 'POST', body: { json: { a: [{ b: '{{ DDD }}' }] } } }),
      'click2call.request.body.json.a.0.b: unknown variable "DDD"; did you mean "areaCode"?',
    ],
    [
      dial({ method: 'POST', body: { form: { id: ['1', '{{ telefone }}'] } } }),
      'click2call.request.body.form.id: unknown variable "telefone"; did you mean "number"?',
    ],
    [
      dial({ method: 'POST', body: { multipart: { f: { filename: 'x', content: '{{ cid }}' } } } }),
      'click2call.request.body.multipart.f.content: unknown variable "cid"',
    ],
    [
      { transfer: { request: { url: 'https://pbx.example/{{ id_ligacao }}/{{ destino }}' } } },
      'transfer.request.url: unknown variable "id_ligacao"; did you mean "callId"?',
    ],
    [
      { contactLoad: { request: { url: 'https://pbx.example/', query: { n: '{{ nome }}' } } } },
      'contactLoad.request.query.n: unknown variable "nome"; did you mean "name"?',
    ],
    [
      dial({ query: { n: '{{ number | digitos }}' } }),
      'unknown filter "digitos"; did you mean "digits"?',
    ],
    [
      { variables: { token: 'x' }, ...dial({ query: { n: '{{ variables.tokn }}' } }) },
      'unknown variable "variables.tokn"; did you mean "token"?',
    ],
    [dial({ query: { n: '{{ reply.id }}' } }), 'unknown variable "reply"'],
    [
      dial({ query: { '{{ queue }}': '1' } }),
      'click2call.request.query.{{ queue }}: is a name, and is sent as it is written',
    ],
    ...[{ json: { a: { 'x-{{ queue }}': 1 } } }, { form: { '{{ a }}[]': '1' } }].map(
      (body): [object, string] => [
        dial({ method: 'POST', body }),
        'is a name, and is sent as it is written',
      ],
    ),
    [
      dial({ method: 'POST', body: { multipart: { '{{ a }}': '1' } } }),
      'click2call.request.body.multipart.{{ a }}: is a name',
    ],
    [dial({ query: { n: '{{ number' } }), 'click2call.request.query.n: "{{" has no "}}" after it'],
    [dial({ query: { n: '{{ "open }}' } }), 'click2call.request.query.n: "{{" has no "}}"'],
    [dial({ url: '/calls' }), 'is relative; write the whole address, or set baseUrl'],
    [dial({ url: 'ftp://pbx.example/' }), 'only http:// and https:// addresses can be called'],
    [dial({ body: { json: {} } }), 'click2call.request.body: a GET request has no body'],
    [dial({ headers: { Host: 'x' } }), 'is set by the host itself'],
    [dial({ headers: { Expect: '100-continue' } }), 'is set by the host itself'],
    [
      dial({ method: 'POST', body: { json: { $each: 'operators', $itm: '{{ item.login }}' } } }),
      'click2call.request.body.json.$itm: is not known beside "$each"; did you mean "$item"?',
    ],
    [dial({ headers: { 'two words': 'x' } }), 'is not a header name'],
    [
      dial({
        method: 'POST',
        headers: { 'Content-Type': 'multipart/form-data' },
        body: { multipart: { a: 'b' } },
      }),
      'click2call.request.body.multipart: brings its own Content-Type',
    ],
    [
      dial({}, { outcome: [{ when: 'reply.ok = false', is: 'ok' }] }),
      'click2call.outcome.0.when: unexpected "="; did you mean "=="?',
    ],
    [
      dial({}, { outcome: [{ when: 'true', is: 'refused', message: '{{ resposta.x }}' }] }),
      'click2call.outcome.0.message: unknown variable "resposta"; did you mean "reply"?',
    ],
    [
      dial({}, { capture: { callId: '{{ replay.id }}' } }),
      'click2call.capture.callId: unknown variable "replay"; did you mean "reply"?',
    ],
    [
      { baseUrl: 'https://{{ variables.hst }}', ...dial({ url: '/x' }) },
      'baseUrl: unknown variable "variables.hst"',
    ],
    [{ baseUrl: 'pbx.example' }, 'baseUrl: must begin with https:// or http://'],
    [{ headers: { A: '{{ b }}' }, ...dial({}) }, 'headers.A: unknown variable "b"'],
    [
      { check: { request: { url: 'https://pbx.example/{{ queue }}' } } },
      'check.request.url: unknown variable "queue"',
    ],
    [
      { answeredCall: { fields: { number: '{{ num }}', callId: 'c', extension: 'e' } } },
      'answeredCall.fields.number: unknown variable "num"',
    ],
  ])('are reported with what is wrong: %j', (settings, message) => {
    expect(issuesOf(settings).join('\n')).toContain(message);
  });

  it('are all reported at once', () => {
    const settings = dial({ query: { a: '{{ aa }}', b: '{{ bb }}' }, headers: { C: '{{ cc }}' } });
    expect(issuesOf(settings)).toHaveLength(3);
  });

  it('are reported only once if several features share them', () => {
    const transfer = { request: { url: 'https://pbx.example/t' } };
    expect(issuesOf({ headers: { A: '{{ "open }}' }, ...dial({}), transfer })).toHaveLength(1);
  });
});

describe('the host of an address', () => {
  const variables = { pbx: 'https://pbx.example', name: 'pbx.example', port: 8443, none: '' };

  it.each([
    'https://{{ extension }}.example/',
    'https://pbx.example{{ queue }}/',
    'https://pbx.example:{{ parameters.port }}/',
    'https://{{ parameters.user }}@pbx.example/',
    'https://{{ variables.name | default: parameters.name }}/',
    'https://{{ variables.name | replace: "pbx", queue }}/',
    'https://{{ "a/b" | replace: "a/b", queue }}/',
    'https://{{ tenant.id }}.example/',
    '{{ variables.pbx }}{{ queue }}/calls',
    '{{ variables.pbx }}.{{ queue }}',
    '{{ variables.none | default: queue }}',
  ])('may come from variables only: %s is refused', (url) => {
    expect(issuesOf({ variables, ...dial({ url }) }).join('\n')).toContain(host);
    expect(issuesOf({ variables, baseUrl: url, ...dial({ url: '/x' }) }).join('\n')).toContain(
      `baseUrl: ${host}`,
    );
  });

  it.each(['https:///{{ queue }}', 'https://?q={{ queue }}'])('is required in %s', (url) => {
    expect(issuesOf(dial({ url }))).toEqual(['click2call.request.url: names no host']);
  });

  it('is required of a baseUrl, too', () => {
    expect(issuesOf({ baseUrl: 'https://', ...dial({ url: '{{ queue }}' }) })).toEqual([
      'baseUrl: names no host',
    ]);
  });

  it.each([
    ['https://{{ variables.name }}:{{ variables.port }}/{{ queue }}', 'https://pbx.example:8443/7'],
    ['{{ variables.pbx }}/{{ queue }}', 'https://pbx.example/7'],
    ['{{ variables.pbx }}?q={{ queue }}', 'https://pbx.example?q=7'],
    ['https://{{ variables.none | default: "pbx.example" }}/{{ queue }}', 'https://pbx.example/7'],
  ])('may come from variables: %s is sent to %s', async (url, sent) => {
    const settings = v.parse(TemplateSettingsSchema, {
      variables,
      check: { request: { url: url.replace('{{ queue }}', '7') } },
    });
    const context = fakeContext();
    await createTemplateAdapter(settings).checkCredentials?.(context);
    expect(context.sent[0]?.url).toBe(sent);
    expect(issuesOf({ variables, ...dial({ url }) })).toEqual([]);
  });

  it.each(['https://{{ variables.none }}/evil.example', '{{ variables.none }}/evil.example'])(
    'is not taken from the next segment if its variable is empty: %s',
    async (url) => {
      const settings = v.parse(TemplateSettingsSchema, { variables, check: { request: { url } } });
      const context = fakeContext();
      const checking = createTemplateAdapter(settings).checkCredentials?.(context);
      expect(await errorOf(Promise.resolve(checking))).toMatchObject({
        code: 'invalid_config',
        delivery: 'not_sent',
        message: 'The address of the request has no host.',
      });
      expect(context.sent).toEqual([]);
    },
  );
});

describe('a template adapter', () => {
  it('has the features of its document, and no others', () => {
    const settings = v.parse(TemplateSettingsSchema, { ...dial({}), answeredCall: {} });
    expect(Object.keys(fromTemplate(settings)).toSorted()).toEqual(['answeredCall', 'click2call']);
    expect(createTemplateAdapter(settings).checkCredentials).toBeUndefined();
  });

  it('checks its credentials with the request of "check"', async () => {
    const settings = v.parse(TemplateSettingsSchema, {
      check: { request: { url: 'https://pbx.example/me' } },
    });
    const adapter = createTemplateAdapter(settings);
    await expect(adapter.checkCredentials?.(fakeContext())).resolves.toBeUndefined();
    await expect(adapter.checkCredentials?.(fakeContext({ status: 401 }))).rejects.toMatchObject({
      code: 'auth_failed',
    });
  });
});

describe('fromTemplate', () => {
  it('takes a template without the keys that have a default', () => {
    const features = fromTemplate({
      baseUrl: 'https://pbx.example',
      recording: { request: { url: '/calls/{{ callId }}/recording' } },
    });
    expect(Object.keys(features)).toEqual(['recording']);
  });

  it('reports every place of an invalid template, as createTemplateAdapter does', () => {
    const misspelt: object = { recordings: {}, click2call: { request: {} } };
    for (const make of [fromTemplate, createTemplateAdapter])
      expect(() => make(misspelt)).toThrow(
        expect.objectContaining({
          name: 'SettingsError',
          issues: [
            { path: ['click2call', 'request', 'url'], message: 'is missing' },
            { path: ['recordings'], message: 'is not known' },
          ],
        }),
      );
  });
});
