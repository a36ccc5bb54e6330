import { outcomes } from '@finaz-telephony/core/host';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { jsonOf } from '../support/json.ts';
import { startTestHost, type TestHost } from '../support/test-host.ts';

const ContentShape = v.optional(
  v.object({
    required: v.optional(v.boolean()),
    content: v.optional(v.record(v.string(), v.unknown())),
  }),
);
const OperationShape = v.object({
  parameters: v.optional(
    v.array(
      v.object({
        name: v.string(),
        required: v.optional(v.boolean()),
        schema: v.looseObject({ type: v.string() }),
      }),
    ),
    [],
  ),
  requestBody: ContentShape,
  responses: v.record(v.string(), ContentShape),
});
const DocumentShape = v.object({
  paths: v.record(v.string(), v.record(v.string(), v.unknown())),
});

let host: TestHost;
let paths: v.InferOutput<typeof DocumentShape>['paths'];
beforeAll(async () => {
  host = await startTestHost();
  paths = (await jsonOf(await host.ask('/openapi.json'), DocumentShape)).paths;
});
afterAll(() => host.stop());

const operation = (method: string, path: string) =>
  v.parse(OperationShape, paths[`/v1/tenants/{tenant}${path}`]?.[method]);
const types = (part: v.InferOutput<typeof ContentShape>) => Object.keys(part?.content ?? {});

describe('the OpenAPI document says what the routes do', () => {
  it('of a queue, without which no mailing is taken', async () => {
    const { parameters } = operation('post', '/mailings');
    const required = parameters.filter((parameter) => parameter.required).map(({ name }) => name);
    expect(required.toSorted()).toEqual(['queue', 'tenant']);
    expect((await host.tenant('/mailings', { json: [] })).status).toBe(400);
  });

  it.each([
    ['/mailings/{mailing}/results', ['application/json', 'application/x-ndjson', 'text/csv']],
    ['/mailings/{mailing}/rejects', ['application/json', 'text/csv']],
  ])('of the forms in which %s comes', (path, forms) => {
    expect(types(operation('get', path).responses['200'])).toEqual(forms);
  });

  it.each([
    ['/events', 'extension'],
    ['/mailings/{mailing}/results', 'outcome'],
  ])('of what may be asked for several times: %s', (path, name) => {
    const parameter = operation('get', path).parameters.find((each) => each.name === name);
    expect(parameter?.schema.type).toBe('array');
  });

  it.each([
    ['/calls', 'limit', { type: 'integer', minimum: 1, maximum: 1000 }],
    ['/calls', 'state', { type: 'string', enum: ['sending', 'accepted', 'failed', 'in_doubt'] }],
    ['/calls', 'extension', { type: 'string', minLength: 1, maxLength: 64 }],
    ['/calls', 'phone', { type: 'string' }],
    ['/exchanges', 'before', { type: 'string' }],
    ['/mailings/{mailing}/results', 'foreign', { type: 'boolean' }],
    [
      '/mailings/{mailing}/results',
      'outcome',
      { type: 'array', items: { type: 'string', enum: [...outcomes] } },
    ],
    ['/do-not-call', 'number', { type: 'string' }],
  ])('of what each parameter can be: %s?%s', (path, name, schema) => {
    const parameter = operation('get', path).parameters.find((each) => each.name === name);
    expect(parameter?.schema).toEqual(schema);
  });

  it('of what makes a POST safe to repeat, which holds for each of them', () => {
    const posts = Object.entries(paths).filter(
      ([path, methods]) => path.startsWith('/v1/') && 'post' in methods,
    );
    const without = posts.filter(([, { post }]) =>
      v.parse(OperationShape, post).parameters.every(({ name }) => name !== 'Idempotency-Key'),
    );
    expect(without.map(([path]) => path)).toEqual([]);
  });

  it('of the parameters of an event, without which it is refused', () => {
    const { parameters } = v.parse(
      OperationShape,
      paths['/telephony-proxy/atendimentodiscador']?.['get'],
    );
    const required = parameters.filter((parameter) => parameter.required).map(({ name }) => name);
    expect(required).toEqual(['pid', 'num', 'cid', 'ramal', 'empresaId']);
  });

  it('of the page that a browser gets where a call is not shown', () => {
    const { responses } = v.parse(
      OperationShape,
      paths['/telephony-proxy/atendimentoreceptivo']?.['get'],
    );
    expect(types(responses['default'])).toEqual(['application/problem+json', 'text/html']);
  });

  it('of the forms of a mailing', async () => {
    const forms = types(operation('post', '/mailings').requestBody);
    expect(forms).toEqual([
      'application/json',
      'application/x-ndjson',
      'text/csv',
      'application/vnd.ms-excel',
    ]);
    for (const type of forms.slice(2)) {
      const body = 'ID;Telefone1\r\n7001;41999998888\r\n';
      const headers = { 'Content-Type': type };
      const taken = await host.tenant('/mailings?queue=7', { method: 'POST', body, headers });
      expect(taken.status).toBe(202);
    }
  });

  it.each([
    ['/connections/{connection}/preview', true],
    ['/connections/{connection}/test', false],
  ])('of whether a body is needed: %s', (path, required) => {
    expect(operation('post', path).requestBody?.required).toBe(required);
  });

  it('of the forms of a tenant document', () => {
    const put = operation('put', '');
    expect(types(put.requestBody)).toEqual(['application/json', 'application/yaml']);
  });

  it('of the addresses that telephone systems and editors ask for', () => {
    expect(Object.keys(paths['/callbacks/{tenant}/{connection}'] ?? {})).toEqual(['get', 'post']);
    expect(Object.keys(paths['/schemas/tenant.json'] ?? {})).toEqual(['get']);
  });

  it.each(['put', 'delete'])('of the forms of a do-not-call list: %s', async (method) => {
    const forms = types(operation(method, '/do-not-call').requestBody);
    expect(forms).toEqual(['application/json', 'text/csv', 'text/plain']);
    for (const type of forms.slice(1)) {
      const taken = await host.tenant('/do-not-call', {
        method: method.toUpperCase(),
        body: '41 99999-8888\n',
        headers: { 'Content-Type': type },
      });
      expect(taken.status).toBe(200);
    }
  });
});
