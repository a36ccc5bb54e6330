import { afterAll, beforeAll, expect, it } from 'vitest';
import * as v from 'valibot';
import { jsonOf } from '../support/json.ts';
import { adminKey, startTestHost, type TestHost } from '../support/test-host.ts';

let host: TestHost;
let operations: { readonly method: string; readonly path: string }[];
beforeAll(async () => {
  host = await startTestHost();
  const { paths } = await jsonOf(
    await host.ask('/openapi.json'),
    v.object({ paths: v.record(v.string(), v.record(v.string(), v.unknown())) }),
  );
  operations = Object.entries(paths)
    .filter(([path]) => path.startsWith('/v1/'))
    .flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path })),
    );
});
afterAll(() => host.stop());

const keyOf = async (tenantId: string) => {
  const made = await host.ask('/v1/keys', { json: { tenantId, label: 'crm' } });
  return jsonOf(made, v.object({ id: v.string(), key: v.string() }));
};

/** The answers to operations that have another status than this one, as `METHOD path status`. */
async function answersBut(status: number, key: string): Promise<string[]> {
  const answers = operations.map(async ({ method, path }) => {
    const address = path.replace('{tenant}', '1042').replaceAll(/\{\w+\}/g, 'x');
    const answer = await host.ask(address, { method, key });
    await answer.body?.cancel();
    return `${method} ${path} ${answer.status}`;
  });
  return (await Promise.all(answers)).filter((answer) => !answer.endsWith(` ${status}`));
}

it('every operation of the API refuses a key that does not exist', async () => {
  expect(operations.length).toBeGreaterThan(40);
  expect(await answersBut(401, 'ft_000000000000_unknown')).toEqual([]);
});

it('every operation of the API refuses a key once it is revoked', async () => {
  const { id, key } = await keyOf('1042');
  expect((await host.tenant('', { key })).status).toBe(200);
  expect((await host.ask(`/v1/keys/${id}`, { method: 'DELETE' })).status).toBe(204);
  expect(await answersBut(401, key)).toEqual([]);
});

it.each([
  ['Bearer  ', ''],
  ['bearer ', ' '],
  ['BEARER   ', ''],
])(
  'a key is accepted after %j, because HTTP allows the scheme in any case with any number of spaces',
  async (before, behind) => {
    const headers = { Authorization: `${before}${adminKey}${behind}` };
    expect((await host.tenant('', { headers })).status).toBe(200);
  },
);

it("a company's key is refused by every operation of another company and of the host", async () => {
  const { key } = await keyOf('2001');
  expect(await answersBut(403, key)).toEqual([]);
});

it("a company's key may not delete its own company", async () => {
  const { key } = await keyOf('1042');
  expect((await host.tenant('', { method: 'DELETE', key })).status).toBe(403);
  expect((await host.tenant('', { key })).status).toBe(200);
});
