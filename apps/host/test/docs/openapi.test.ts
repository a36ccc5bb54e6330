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
        examples: v.optional(v.unknown()),
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
  tags: v.array(v.object({ name: v.string(), description: v.string() })),
  components: v.object({ schemas: v.record(v.string(), v.unknown()) }),
});
/** The parts that generators of client code use. */
const NamedShape = v.object({
  operationId: v.string(),
  tags: v.tuple([v.string()]),
  parameters: v.array(v.object({ name: v.string(), description: v.optional(v.string()) })),
  responses: v.record(v.string(), ContentShape),
});
const refTo = (name: string) => ({ schema: { $ref: `#/components/schemas/${name}` } });

let host: TestHost;
let document: v.InferOutput<typeof DocumentShape>;
let paths: typeof document.paths;
beforeAll(async () => {
  host = await startTestHost();
  document = await jsonOf(await host.ask('/openapi.json'), DocumentShape);
  ({ paths } = document);
});
afterAll(() => host.stop());

const operation = (method: string, path: string) =>
  v.parse(OperationShape, paths[`/v1/tenants/{tenant}${path}`]?.[method]);
const types = (part: v.InferOutput<typeof ContentShape>) => Object.keys(part?.content ?? {});

describe('the OpenAPI document', () => {
  it('requires the queue of a mailing, without which the host refuses it', async () => {
    const { parameters } = operation('post', '/mailings');
    const required = parameters.filter((parameter) => parameter.required).map(({ name }) => name);
    expect(required.toSorted()).toEqual(['queue', 'tenant']);
    expect((await host.tenant('/mailings', { json: [] })).status).toBe(400);
  });

  it.each([
    ['/mailings/{mailing}/results', ['application/json', 'application/x-ndjson', 'text/csv']],
    ['/mailings/{mailing}/rejects', ['application/json', 'text/csv']],
  ])('lists the content types in which %s is answered', (path, forms) => {
    expect(types(operation('get', path).responses['200'])).toEqual(forms);
  });

  it.each([
    ['/events', 'extension'],
    ['/mailings/{mailing}/results', 'outcome'],
  ])('describes a parameter of %s that can be given several times as an array', (path, name) => {
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
  ])('describes the values of the parameter %s?%s', (path, name, schema) => {
    const parameter = operation('get', path).parameters.find((each) => each.name === name);
    expect(parameter?.schema).toEqual(schema);
  });

  it('keeps an optional parameter with choices out of the requests of its page until somebody chooses', () => {
    const choices = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, described]) =>
        v
          .parse(OperationShape, described)
          .parameters.filter(({ schema, required }) => schema['enum'] && !required)
          .map(({ name, examples }) => ({ where: `${method} ${path}?${name}`, examples })),
      ),
    );
    expect(choices.map(({ where }) => where)).toContain('put /v1/tenants/{tenant}?check');
    for (const choice of choices)
      expect(choice).toMatchObject({ examples: { default: { 'x-disabled': true } } });
  });

  it('describes the Idempotency-Key of every POST', () => {
    const posts = Object.entries(paths).filter(
      ([path, methods]) => path.startsWith('/v1/') && 'post' in methods,
    );
    const without = posts.filter(([, { post }]) =>
      v.parse(OperationShape, post).parameters.every(({ name }) => name !== 'Idempotency-Key'),
    );
    expect(without.map(([path]) => path)).toEqual([]);
  });

  it('describes the Idempotent-Replayed header in every answer to a POST', () => {
    const HeadersShape = v.object({
      responses: v.record(
        v.string(),
        v.object({ headers: v.optional(v.record(v.string(), v.unknown()), {}) }),
      ),
    });
    const without = Object.entries(paths)
      .filter(([path, methods]) => path.startsWith('/v1/') && 'post' in methods)
      .flatMap(([path, { post }]) =>
        Object.entries(v.parse(HeadersShape, post).responses)
          .filter(([, { headers }]) => !('Idempotent-Replayed' in headers))
          .map(([status]) => `${path} ${status}`),
      );
    expect(without).toEqual([]);
  });

  it('requires the parameters of an event', () => {
    const { parameters } = v.parse(
      OperationShape,
      paths['/telephony-proxy/atendimentodiscador']?.['get'],
    );
    const required = parameters.filter((parameter) => parameter.required).map(({ name }) => name);
    expect(required).toEqual(['pid', 'num', 'cid', 'ramal', 'empresaId']);
  });

  it('describes that a browser can get a page instead of a problem if a call cannot be shown', () => {
    const { responses } = v.parse(
      OperationShape,
      paths['/telephony-proxy/atendimentoreceptivo']?.['get'],
    );
    expect(types(responses['default'])).toEqual(['application/problem+json', 'text/html']);
  });

  it('lists the content types of a mailing, and the host takes the CSV types', async () => {
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
  ])('says whether a POST needs a body: %s', (path, required) => {
    expect(operation('post', path).requestBody?.required).toBe(required);
  });

  it('has examples of bodies that the host takes as they are', async () => {
    const BodiesShape = v.record(v.string(), v.object({ example: v.optional(v.unknown()) }));
    const examples = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, described]) => {
        const bodies = v.parse(
          BodiesShape,
          v.parse(OperationShape, described).requestBody?.content ?? {},
        );
        return Object.entries(bodies).map(([type, { example }]) => ({
          path,
          method,
          type,
          example,
        }));
      }),
    );
    const taken = examples.filter(({ example }) => example !== undefined);
    for (const { path, method, type, example } of taken) {
      const address = path
        .replace('{tenant}', '1042')
        .replace('{connection}', 'dialer')
        .replace(/\{\w+\}/, 'unknown')
        .replace(/\/mailings$/, '/mailings?queue=7');
      const answer = await host.ask(address, {
        method: method.toUpperCase(),
        headers: { 'Content-Type': type },
        body: typeof example === 'string' ? example : JSON.stringify(example),
      });
      // A call or a mailing may be unknown.
      const isTaken = answer.ok || answer.status === 404;
      expect({ method, path, type, isTaken }).toEqual({ method, path, type, isTaken: true });
    }
    // All but the document of a company, which has a page of its own.
    expect(examples.length - taken.length).toBe(2);
  });

  it('lists the content types of a tenant document', () => {
    const put = operation('put', '');
    expect(types(put.requestBody)).toEqual(['application/json', 'application/yaml']);
  });

  it('describes the addresses for callbacks and for the tenant schema', () => {
    expect(Object.keys(paths['/callbacks/{tenant}/{connection}'] ?? {})).toEqual(['get', 'post']);
    expect(Object.keys(paths['/schemas/tenant.json'] ?? {})).toEqual(['get']);
  });

  it.each(['put', 'delete'])(
    'lists the content types of a do-not-call list, and the host takes the text types: %s',
    async (method) => {
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
    },
  );
});

describe('the OpenAPI document for generated clients', () => {
  const operations = () =>
    Object.values(paths).flatMap((methods) =>
      Object.values(methods).map((each) => v.parse(NamedShape, each)),
    );

  it('gives each operation a name of its own that can be the name of a function', () => {
    const ids = operations().map(({ operationId }) => operationId);
    expect(ids.filter((id) => !/^[a-z]+([A-Z][a-z]+)*$/.test(id))).toEqual([]);
    expect(ids.filter((id, index) => ids.indexOf(id) < index)).toEqual([]);
  });

  it('describes each tag that its operations use', () => {
    const used = operations().flatMap(({ tags }) => tags);
    const told = document.tags.map(({ name }) => name);
    expect(told.toSorted()).toEqual([...new Set(used)].toSorted());
  });

  it('describes each parameter', () => {
    const parameters = operations().flatMap((each) => each.parameters);
    expect(parameters.filter(({ description }) => description === undefined)).toEqual([]);
  });

  it('uses one schema for every error', () => {
    const problems = operations().map(
      ({ responses }) => responses['default']?.content?.['application/problem+json'],
    );
    expect(problems).toEqual(problems.map(() => refTo('Problem')));
  });

  it.each([
    ['get', '/mailings/{mailing}', '200', 'Mailing'],
    ['post', '/mailings/{mailing}/pause', '202', 'Mailing'],
    ['get', '/mailings/{mailing}/results/summary', '200', 'ResultsSummary'],
    ['post', '/calls/{attemptId}/settle', '200', 'Call'],
    ['get', '', '200', 'TenantDocument'],
  ])('names the schema that %s %s answers', (method, path, status, name) => {
    const { responses } = operation(method, path);
    expect(responses[status]?.content?.['application/json']).toEqual(refTo(name));
    expect(document.components.schemas).toHaveProperty(name);
  });

  it('has no "ref", which is no word of JSON Schema', () => {
    expect(JSON.stringify(document)).not.toContain('"ref":');
  });
});
