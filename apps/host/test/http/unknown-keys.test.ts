import { afterAll, beforeAll, expect, it } from 'vitest';
import * as v from 'valibot';
import { jsonOf, ProblemShape } from '../support/json.ts';
import { startTestHost, type TestHost } from '../support/test-host.ts';

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
});
afterAll(() => host.stop());

const values = new Map([
  ['tenant', '1042'],
  ['connection', 'dialer'],
]);

const OpenApiShape = v.object({
  paths: v.record(v.string(), v.record(v.string(), v.unknown())),
});

/** The operations below /v1, with the names in their addresses filled in. */
async function operations(): Promise<{ method: string; path: string; address: string }[]> {
  const { paths } = await jsonOf(await host.ask('/openapi.json'), OpenApiShape);
  return Object.entries(paths)
    .filter(([path]) => path.startsWith('/v1/'))
    .flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({
        method: method.toUpperCase(),
        path,
        address: path.replace(/\{(\w+)\}/g, (_, name: string) => values.get(name) ?? 'x'),
      })),
    );
}

it('every operation below /v1 refuses an unknown key in the body and names it, because it was meant for something', async () => {
  const withBody = (await operations()).filter(({ method }) => method !== 'GET');
  const answers = await Promise.all(
    withBody.map(async ({ method, path, address }) => {
      const query = path.endsWith('/mailings') ? '?queue=7' : '';
      const answer = await host.ask(`${address}${query}`, { method, json: { foo: 1 } });
      if (answer.status !== 400) return `${method} ${path}: ${answer.status}`;
      const { errors = [] } = await jsonOf(answer, ProblemShape);
      const named = errors.map(({ message, path: place }) => `${place} ${message}`).join('\n');
      return `${method} ${path}: ${answer.status}${/\bfoo\b/.test(named) ? '' : ` ${named}`}`;
    }),
  );
  expect(answers).toEqual(withBody.map(({ method, path }) => `${method} ${path}: 400`));
  expect(withBody.length).toBeGreaterThan(15);
});

it('every operation below /v1 that expects an object refuses a list, even an empty one', async () => {
  const withBody = (await operations()).filter(
    ({ method, path }) => method !== 'GET' && !path.endsWith('/mailings'),
  );
  const answers = await Promise.all(
    withBody.map(async ({ method, path, address }) => {
      const answer = await host.ask(address, { method, json: [] });
      const { errors } = await jsonOf(answer, ProblemShape);
      return [`${method} ${path}: ${answer.status}`, errors];
    }),
  );
  expect(answers).toEqual(
    withBody.map(({ method, path }) => [
      `${method} ${path}: 400`,
      [{ path: '', message: 'must be an object, and is a list' }],
    ]),
  );
});

it('every operation below /v1 refuses an unknown query parameter and names it, before anything is done', async () => {
  const all = await operations();
  const answers = await Promise.all(
    all.map(async ({ method, path, address }) => {
      const answer = await host.ask(`${address}?Foo=1`, { method });
      const { errors = [] } = await jsonOf(answer, ProblemShape);
      const named = errors.some(({ parameter }) => parameter === 'Foo');
      return `${method} ${path}: ${answer.status} ${named ? 'named' : ''}`;
    }),
  );
  expect(answers).toEqual(all.map(({ method, path }) => `${method} ${path}: 400 named`));
  expect((await host.tenant('')).status).toBe(200);
});

it.each([
  ['/mailings?status=active', 'status', 'is not known here; known: "state", "queue"'],
  ['/results/statuses?limit=1', 'limit', 'is not known here; this address takes no parameters'],
  ['/calls?limit=1&limit=2', 'limit', 'is given twice with different values; send it once'],
])(
  'a wrong query parameter is refused with what is wrong about it: %s',
  async (path, parameter, message) => {
    const answer = await host.tenant(path);
    expect(answer.status).toBe(400);
    const { errors } = await jsonOf(answer, ProblemShape);
    expect(errors).toEqual([{ parameter, message: expect.stringContaining(message) }]);
  },
);

it.each([
  ['/calls', 'extension', 'extension is empty'],
  ['/calls', 'after', 'must be the `next` of a page'],
  ['/mailings', 'queue', 'queue is empty'],
  ['/exchanges', 'callId', 'call id is empty'],
  ['/exchanges', 'attemptId', 'is empty'],
  ['/exchanges', 'contactId', 'contact id is empty'],
  ['/do-not-call', 'after', 'must be the `next` of a page'],
  ['/events', 'extension', 'extension is empty'],
])(
  'an empty query parameter is refused instead of being answered with an empty list: %s?%s=',
  async (path, parameter, message) => {
    const answer = await host.tenant(`${path}?${parameter}=`);
    expect(answer.status).toBe(400);
    const { errors } = await jsonOf(answer, ProblemShape);
    expect(errors).toEqual([{ parameter, message }]);
  },
);

it('all wrong query parameters of a request are named at once', async () => {
  const answer = await host.tenant('/calls?state=x&extension=&phone=1&after=1&limit=0x1');
  const { errors } = await jsonOf(answer, ProblemShape);
  expect(errors?.map(({ parameter }) => parameter)).toEqual([
    'state',
    'extension',
    'phone',
    'after',
    'limit',
  ]);
});

it('a query parameter may be repeated with the same value, or if it takes several values', async () => {
  for (const path of ['/calls?limit=1&limit=1', '/mailings/x/results?outcome=busy&outcome=failed'])
    expect((await host.tenant(path)).status).not.toBe(400);
});
