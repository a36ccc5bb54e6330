import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { doubledKeys } from '../../src/http/doubled-keys.ts';
import { jsonOf } from '../support/json.ts';
import { startTestHost, tenantDocument, type TestHost } from '../support/test-host.ts';

const ProblemShape = v.object({
  code: v.string(),
  errors: v.array(v.object({ path: v.string(), message: v.string() })),
});

describe('doubled keys in a JSON text', () => {
  it.each([
    ['{"a":1,"a":2}', ['a']],
    ['{"number":"A","nu\\u006dber":"B"}', ['number']],
    ['{"a":{"b":1},"c":[{"b":1},{"b":1,"x":[","],"b":2}]}', ['c.1.b']],
    ['{"a":1,"a":{"a":1,"a":2},"a":3}', ['a', 'a.a', 'a']],
    ['{"":1,"":2}', ['']],
    ['[[],[{"__proto__":1,"__proto__":2}]]', ['1.0.__proto__']],
  ])('are found in %s: %j', (json, doubled) => {
    expect(doubledKeys(json, JSON.parse(json)).map((path) => path.join('.'))).toEqual(doubled);
  });

  it.each([
    '{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}],"A":5}',
    '{"a":"\\"a\\":1,{\\"a\\":","b":"\\\\","c":"a"}',
    '["a","a"]',
    '"a"',
    ' [ ] ',
  ])('are not found in %s', (json) => {
    const value: unknown = JSON.parse(json);
    expect(value).toBeDefined();
    expect(doubledKeys(json, value)).toEqual([]);
  });
});

describe('a request with doubled keys', () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await startTestHost();
  });
  afterAll(() => host.stop());

  const refused = async (answer: Response) => {
    expect(answer.status).toBe(400);
    return jsonOf(answer, ProblemShape);
  };
  const json = { 'Content-Type': 'application/json' };

  it('is refused if it has two numbers to dial, and nobody is called', async () => {
    const body =
      '{"queue":"7","extension":"1001","areaCode":"41","number":"99999-8888","number":"99999-7777"}';
    const problem = await refused(
      await host.tenant('/calls', { method: 'POST', headers: json, body }),
    );
    expect(problem).toMatchObject({ code: 'invalid_input', errors: [{ path: 'number' }] });
    expect(host.vendor.requests.filter(({ method }) => method === 'POST')).toEqual([]);
  });

  it('is refused if it has two destinations of a transfer', async () => {
    const body =
      '{"queue":"7","extension":"1001","callId":"c-1","destination":"1002","destination":"1003"}';
    const problem = await refused(
      await host.tenant('/transfers', { method: 'POST', headers: json, body }),
    );
    expect(problem.errors).toMatchObject([{ path: 'destination' }]);
  });

  it('is refused if it has two connections with the same name', async () => {
    const { connections, ...document } = tenantDocument(host.vendor.url);
    const { dialer } = connections;
    const text = JSON.stringify(dialer);
    const body = `${JSON.stringify(document).slice(0, -1)},"connections":{"dialer":${text},"dialer":${text}}}`;
    const problem = await refused(await host.tenant('', { method: 'PUT', headers: json, body }));
    expect(problem.errors).toMatchObject([{ path: 'connections.dialer' }]);
  });

  it.each([
    ['keys twice', (place: string) => `{"${place}":{${'"a":1,'.repeat(999)}"a":1}}`],
    [
      'keys that would be lost',
      (place: string) => `{"${place}":[${'{"__proto__":1},'.repeat(999)}1]}`,
    ],
  ])(
    'is answered with at most twenty errors, because the long paths of all would fill the memory: very many %s',
    async (_, bodyAt) => {
      const body = bodyAt('p'.repeat(10_000));
      const problem = await refused(
        await host.tenant('/calls', { method: 'POST', headers: json, body }),
      );
      expect(problem.errors.length).toBeLessThanOrEqual(20);
    },
  );
});
