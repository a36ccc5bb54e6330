import { genericHttpSettings } from '@finaz-telephony/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { AnyObject, jsonOf, ProblemShape } from '../support/json.ts';
import { startTestHost, tenantDocument, type TestHost } from '../support/test-host.ts';

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
});
afterAll(() => host.stop());

const save = (document: unknown, query = '?check=skip', headers: Record<string, string> = {}) =>
  host.tenant(query, { method: 'PUT', json: document, headers });

/** The usual tenant document with the value at one path changed. */
function changed(path: string, value: unknown): unknown {
  const document: unknown = structuredClone(tenantDocument(host.vendor.url));
  let place = document;
  const keys = path.split('.');
  for (const key of keys.slice(0, -1)) place = v.parse(AnyObject, place)[key];
  Object.assign(
    v.parse(
      v.custom<object>((given) => typeof given === 'object'),
      place,
    ),
    { [keys.at(-1) ?? '']: value },
  );
  return document;
}

describe('a tenant document', () => {
  it.each([
    [
      'connections.dialer.settings.click2call.request.url',
      '/calls/{{ ramall }}',
      'unknown variable "ramall"; did you mean "extension"?',
    ],
    [
      'connections.dialer.settings.click2call.request.methd',
      'GET',
      'unknown key "methd"; did you mean "method"?',
    ],
    [
      'connections.dialer.adapter',
      'generic-htp',
      'no adapter "generic-htp" is installed; did you mean "generic-http"?',
    ],
    [
      'connections.dialer.adapter',
      'jandaia-voz-of-brazil',
      'is installed; known: "generic-http", "asterisk", "3cx"; a package is loaded with ADAPTERS=PACKAGE',
    ],
    ['features.click2call', 'dialr', 'no connection "dialr"; did you mean "dialer"?'],
    ['features.click2call', 'toString', 'no connection "toString"'],
    ['features.click2cal', 'dialer', 'unknown key "click2cal"; did you mean "click2call"?'],
    ['inbound.allowFrom', ['10.0.0.0/99'], '"10.0.0.0/99" is not a network'],
    ['inbound.allowFrom', ['192.168/16'], '"192.168/16" is not a network'],
    [
      'inbound.screenPop',
      'https://crm.example/?n={{ numero }}',
      'unknown variable "numero"; did you mean "number"?',
    ],
    ['inbound.token', 'written-out', 'a secret is named here, not written'],
    ['timezone', 'America/Sao_Paolo', 'unknown time zone'],
    ['connections', [], 'must be an object, and is a list'],
    ['features', ['click2call'], 'must be an object, and is a list'],
    [
      'connections.dialer.settings.click2call.request.headers',
      [{ Accept: 'application/json' }],
      'must be an object, and is a list',
    ],
    ['name', undefined, 'is missing'],
    [
      'connections.dialer.settings.variables.token',
      '${secret:nowhere}',
      'secret "nowhere" is not set',
    ],
  ])(
    'with a mistake at %s is not saved, and the error names the place and the mistake',
    async (path, value, words) => {
      const before = await jsonOf(
        await host.tenant('/versions'),
        v.looseObject({ versions: v.array(AnyObject) }),
      );
      const response = await save(changed(path, value));
      expect(response.status).toBe(400);
      const { errors } = await jsonOf(response, ProblemShape);
      expect(errors?.map((error) => error.path?.replace(/\.0$/, ''))).toContain(path);
      expect(errors?.map(({ message }) => message).join('\n')).toContain(words);
      expect(await jsonOf(await host.tenant('/versions'), AnyObject)).toEqual(before);
    },
  );

  it('with several mistakes is refused with exactly one error for each of them', async () => {
    const document = v.parse(
      AnyObject,
      changed('connections.dialer.settings.click2call.request.url', '/calls/{{ ramall }}'),
    );
    const response = await save({
      ...document,
      timezone: 'America/Sao_Paolo',
      inbound: { allowFrom: ['10.0.0.0/99'], screenPop: 'https://crm.example/?n={{ numero }}' },
      features: { transfer: 'dialr' },
    });
    const { errors } = await jsonOf(response, ProblemShape);
    expect(errors?.map(({ path }) => path)).toEqual([
      'timezone',
      'inbound.allowFrom.0',
      'inbound.screenPop',
      'connections.dialer.settings.click2call.request.url',
      'features.transfer',
    ]);
  });

  it('with unknown keys is refused with an error for each key and for every other mistake', async () => {
    const document = v.parse(
      AnyObject,
      changed('connections.dialer.settings.click2call.request', {
        method: 'POST',
        url: '/calls/{{ ramall }}',
        headrs: {},
      }),
    );
    const response = await save({
      ...document,
      fetures: {},
      time: '',
      inbound: { screenPop: 'https://crm.example/?n={{ numero }}', allowForm: [] },
      features: { transfer: 'dialr' },
    });
    const { errors } = await jsonOf(response, ProblemShape);
    expect(errors).toEqual([
      { path: 'inbound.allowForm', message: 'unknown key "allowForm"; did you mean "allowFrom"?' },
      { path: 'fetures', message: 'unknown key "fetures"; did you mean "features"?' },
      { path: 'time', message: expect.stringContaining('unknown key "time"') },
      { path: 'inbound.screenPop', message: expect.stringContaining('numero') },
      {
        path: 'connections.dialer.settings.click2call.request.headrs',
        message: 'unknown key "headrs"; did you mean "headers"?',
      },
      {
        path: 'connections.dialer.settings.click2call.request.url',
        message: expect.stringContaining('ramall'),
      },
      { path: 'features.transfer', message: 'no connection "dialr"; did you mean "dialer"?' },
    ]);
  });

  it.each(['__proto__', 'prototype', 'constructor'])(
    'with a variable named %s is refused, otherwise its value would be lost in silence',
    async (name) => {
      const path = `connections.dialer.settings.variables.${name}`;
      const variables: unknown = JSON.parse(`{"token":"x","${name}":"lost"}`);
      const document = changed('connections.dialer.settings.variables', variables);
      const asYaml = await host.tenant('?check=skip', {
        method: 'PUT',
        body: JSON.stringify(document),
        headers: { 'Content-Type': 'application/yaml' },
      });
      for (const response of [await save(document), asYaml]) {
        expect(response.status).toBe(400);
        const { errors } = await jsonOf(response, ProblemShape);
        expect(errors).toEqual([{ path, message: expect.stringContaining('this name') }]);
      }
    },
  );

  it.each([
    [
      'nobody has bound the clear',
      { contactLoad: 'dialer' },
      [expect.stringContaining('Clear is off')],
    ],
    ['the clear is bound', { contactLoad: 'dialer', contactClear: 'dialer' }, []],
    ['it loads nothing', { click2call: 'dialer' }, []],
  ])(
    'warns of loading contacts without emptying the queue first, and of nothing otherwise: %s',
    async (_, features, warnings) => {
      const saved = await save(changed('features', features));
      expect(await jsonOf(saved, AnyObject)).toMatchObject({ warnings });
    },
  );

  it('does not warn of loading without a clear if the telephone system cannot clear', async () => {
    const { url } = host.vendor;
    const { contactClear: _, ...settings } = genericHttpSettings(url, '${secret:vendorToken}');
    const document = {
      ...tenantDocument(url),
      connections: { dialer: { adapter: 'generic-http', settings } },
      features: { contactLoad: 'dialer' },
    };
    expect(await jsonOf(await save(document), AnyObject)).toMatchObject({ warnings: [] });
  });

  it('whose credentials the vendor refuses is saved only with ?check=skip', async () => {
    await host.tenant('/secrets/vendorToken', { method: 'PUT', json: { value: 'wrong' } });
    const refused = await save(tenantDocument(host.vendor.url), '');
    expect(refused.status).toBe(400);
    expect((await jsonOf(refused, ProblemShape)).errors?.[0]).toMatchObject({
      path: 'connections.dialer',
    });
    expect((await save(tenantDocument(host.vendor.url))).status).toBe(200);
    await host.tenant('/secrets/vendorToken', {
      method: 'PUT',
      json: { value: host.vendor.token },
    });
    expect((await save(tenantDocument(host.vendor.url), '')).status).toBe(200);
  });

  it('keeps its old versions, and is not saved over a version that the writer has not seen', async () => {
    const read = await host.tenant('');
    const etag = read.headers.get('etag') ?? '';
    expect((await save(changed('name', 'Sul A'), '?check=skip', { 'If-Match': etag })).status).toBe(
      200,
    );
    expect((await save(changed('name', 'Sul B'), '?check=skip', { 'If-Match': etag })).status).toBe(
      412,
    );
    // A proxy that compresses the answer weakens the ETag.
    const weak = await save(changed('name', 'Sul B'), '?check=skip', { 'If-Match': `W/${etag}` });
    expect(weak.status).toBe(412);
    const now = (await host.tenant('')).headers.get('etag') ?? '';
    const same = await save(changed('name', 'Sul A'), '?check=skip', { 'If-Match': `W/${now}` });
    expect(same.status).toBe(200);
    const version = Number(etag.replaceAll('"', ''));
    const old = await jsonOf(await host.tenant(`/versions/${version}`), AnyObject);
    expect(old['name']).toBe('Cobranca Sul');
    expect((await jsonOf(await host.tenant(''), AnyObject))['name']).toBe('Sul A');
  });

  it('is created only if If-None-Match allows it, and changed only if If-Match allows it', async () => {
    const put = (id: string, headers: Record<string, string>) =>
      host.ask(`/v1/tenants/${id}?check=skip`, { method: 'PUT', json: { id, name: id }, headers });
    const onlyNew = { 'If-None-Match': '*' };
    const onlyThere = { 'If-Match': '*' };
    const early = await put('78', onlyThere);
    expect(early.status).toBe(412);
    expect(await jsonOf(early, ProblemShape)).toMatchObject({
      code: 'conflict',
      detail: 'The company is not there.',
    });
    expect((await put('78', onlyNew)).status).toBe(201);
    const again = await put('78', onlyNew);
    expect(again.status).toBe(412);
    expect(await jsonOf(again, ProblemShape)).toMatchObject({
      code: 'conflict',
      detail: 'The company is there, at version 1.',
    });
    expect((await put('78', onlyThere)).status).toBe(200);
    const unusable: Record<string, string>[] = [
      { 'If-None-Match': '"1"' },
      { ...onlyNew, ...onlyThere },
    ];
    for (const headers of unusable) {
      const refused = await put('78', headers);
      expect(refused.status).toBe(400);
      expect((await jsonOf(refused, ProblemShape)).errors?.[0]?.parameter).toBe('If-None-Match');
    }
  });

  it('sent as JSON is read like a file: a key that occurs twice is refused, and a long number keeps all its digits', async () => {
    const saveText = (name: string) =>
      host.ask('/v1/tenants/digits', {
        method: 'PUT',
        headers: { 'Content-Type': 'application/json' },
        body: `{"id": "digits",\n${name}}`,
      });
    const twice = await saveText('"name": "Sul",\n"name": "Norte"');
    expect(twice.status).toBe(400);
    expect((await jsonOf(twice, ProblemShape)).errors).toEqual([
      { path: 'name', message: 'is there more than once; write it once' },
    ]);
    const settings = '{"baseUrl": "https://v.example", "variables": {"a": 12345678901234567890}}';
    const saved = await saveText(
      `"name": "Sul", "connections": {"d": {"adapter": "generic-http", "settings": ${settings}}}`,
    );
    expect(saved.status).toBe(201);
    const stored = await host.ask('/v1/tenants/digits');
    expect(await stored.text()).toContain('12345678901234567890');
  });

  it('can be sent as YAML, and a syntax error is reported with its line and column', async () => {
    const yaml = (body: string) =>
      host.ask('/v1/tenants/77?check=skip', {
        method: 'PUT',
        body,
        headers: { 'Content-Type': 'application/yaml' },
      });
    expect((await yaml('id: "77"\nname: Norte\n')).status).toBe(201);
    const wrong = await yaml('id: "77"\nname: [Norte\n');
    expect(wrong.status).toBe(400);
    expect((await jsonOf(wrong, ProblemShape)).errors?.[0]?.message).toMatch(
      /line \d+, column \d+/,
    );
    expect((await host.ask('/v1/tenants/77', { method: 'DELETE' })).status).toBe(204);
    expect((await host.ask('/v1/tenants/77')).status).toBe(404);
  });
});

describe('secrets', () => {
  it('are listed without their values, and refused under a name that no secret can have', async () => {
    await host.tenant('/secrets/other', { method: 'PUT', json: { value: 'never-to-be-seen' } });
    const listed = await (await host.tenant('/secrets')).text();
    expect(listed).toContain('"other"');
    expect(listed).not.toContain('never-to-be-seen');
    expect(
      (await host.tenant('/secrets/9bad', { method: 'PUT', json: { value: 'x' } })).status,
    ).toBe(400);
  });
});

describe('keys', () => {
  it('open only their own company, until they are revoked', async () => {
    const made = await jsonOf(
      await host.ask('/v1/keys', { json: { tenantId: '1042', label: 'crm' } }),
      v.looseObject({ id: v.string(), key: v.string() }),
    );
    const withKey = (path: string) => host.ask(path, { key: made.key });
    expect((await withKey('/v1/tenants/1042')).status).toBe(200);
    expect((await withKey('/v1/tenants/9999')).status).toBe(403);
    expect((await withKey('/v1/tenants')).status).toBe(403);
    expect((await withKey('/v1/keys')).status).toBe(403);
    expect(await (await host.ask('/v1/keys')).text()).not.toContain(made.key);
    await host.ask(`/v1/keys/${made.id}`, { method: 'DELETE' });
    expect((await withKey('/v1/tenants/1042')).status).toBe(401);
  });

  it('can be created before their company, with a warning because the id may be a typing error', async () => {
    const warned = async (tenantId: string | null) => {
      const made = await host.ask('/v1/keys', { json: { tenantId, label: 'crm' } });
      expect(made.status).toBe(201);
      return (await jsonOf(made, v.looseObject({ warnings: v.array(v.string()) }))).warnings;
    };
    expect(await warned('1402')).toEqual(['there is no company 1402 on this host yet']);
    expect(await warned('1042')).toEqual([]);
    expect(await warned(null)).toEqual([]);
  });

  it('are created and shown only once for an Idempotency-Key, because no stored answer may hold a key', async () => {
    const make = () =>
      host.ask('/v1/keys', {
        json: { tenantId: '1042', label: 'once' },
        headers: { 'Idempotency-Key': 'make-once' },
      });
    const first = await make();
    expect(first.status).toBe(201);
    const made = await jsonOf(first, v.looseObject({ id: v.string(), key: v.string() }));
    const again = await make();
    expect(again.status).toBe(409);
    const text = await again.text();
    expect(text).not.toContain(made.key);
    const problem = v.parse(ProblemShape, JSON.parse(text));
    expect(problem.code).toBe('idempotency_conflict');
    expect(problem.hint).toContain(`DELETE /v1/keys/${made.id}`);
    const { keys } = await jsonOf(
      await host.ask('/v1/keys'),
      v.object({ keys: v.array(v.looseObject({ label: v.string() })) }),
    );
    expect(keys.filter(({ label }) => label === 'once')).toHaveLength(1);
  });
});

it.each([
  ['a new key', 'createdAt', () => host.ask('/v1/keys', { json: { label: 'times' } })],
  [
    'keys',
    'createdAt',
    async () => {
      await host.ask('/v1/keys', { json: { label: 'times' } });
      return host.ask('/v1/keys');
    },
  ],
  ['versions', 'createdAt', () => host.tenant('/versions')],
  ['secrets', 'updatedAt', () => host.tenant('/secrets')],
])(
  'times of %s are in ISO 8601 with their zone, as in the rest of the API',
  async (_, field, ask) => {
    const text = await (await ask()).text();
    const times = [...text.matchAll(new RegExp(`"${field}":("[^"]*"|\\d+)`, 'g'))];
    expect(times.length).toBeGreaterThan(0);
    for (const [, time] of times) expect(time).toMatch(/^"\d{4}-\d\d-\d\dT[\d:.]+Z"$/);
  },
);

describe('the service', () => {
  it('serves health, readiness, metrics, the tenant schema, the OpenAPI document and its page without a key', async () => {
    const get = (path: string) => fetch(`${host.url}${path}`);
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    expect(await (await get('/metrics')).text()).toContain('http_request_duration_seconds');
    expect(await jsonOf(await get('/schemas/tenant.json'), AnyObject)).toMatchObject({
      type: 'object',
    });
    const openapi = await jsonOf(
      await get('/openapi.json'),
      v.looseObject({ openapi: v.string(), paths: v.record(v.string(), AnyObject) }),
    );
    expect(openapi.openapi).toBe('3.1.0');
    expect(Object.keys(openapi.paths)).toEqual(
      expect.arrayContaining([
        '/v1/tenants/{tenant}/calls',
        '/v1/tenants/{tenant}/transfers',
        '/v1/tenants/{tenant}/recordings/{callId}',
        '/v1/tenants/{tenant}/events',
        '/v1/tenants/{tenant}/connections/{connection}/preview',
        '/telephony-proxy/atendimentodiscador',
      ]),
    );
    expect(JSON.stringify(openapi.paths['/v1/tenants/{tenant}/calls'])).toContain('areaCode');
    const docs = await get('/docs');
    expect(docs.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self'; .*connect-src 'self';/,
    );
    expect(await docs.text()).toContain('/openapi.json');
    for (const path of ['/', '/docs/']) {
      const led = await host.ask(path);
      expect([led.status, led.headers.get('location')]).toEqual([302, '/docs']);
    }
    const nothing = await get('/nowhere');
    expect(nothing.status).toBe(404);
    expect(nothing.headers.get('content-type')).toBe('application/problem+json');
  });

  it('links the OpenAPI document on its page until the script has loaded, and compresses the script', async () => {
    const page = await (await host.ask('/docs')).text();
    expect(page).toContain('<a href="/openapi.json">');
    const ask = (encoding: string) =>
      host.ask('/docs/reference.js', { headers: { 'Accept-Encoding': encoding } });
    const [packed, plain] = await Promise.all([ask('gzip, br'), ask('gzip;q=0, identity')]);
    expect([packed, plain].map(({ headers }) => headers.get('content-encoding'))).toEqual([
      'gzip',
      null,
    ]);
    expect(packed.headers.get('vary')).toBe('Accept-Encoding');
    expect(await packed.text()).toBe(await plain.text());
  });
});
