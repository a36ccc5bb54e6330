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

it('is refused everywhere below /v1, by its name: a key that nobody reads was meant for something', async () => {
  const { paths } = await jsonOf(
    await host.ask('/openapi.json'),
    v.object({ paths: v.record(v.string(), v.record(v.string(), v.unknown())) }),
  );
  const operations = Object.entries(paths)
    .filter(([path]) => path.startsWith('/v1/'))
    .flatMap(([path, methods]) =>
      Object.keys(methods)
        .filter((method) => method === 'post' || method === 'put')
        .map((method) => ({ method: method.toUpperCase(), path })),
    );
  const answers = await Promise.all(
    operations.map(async ({ method, path }) => {
      const address = path.replace(/\{(\w+)\}/g, (_, name: string) => values.get(name) ?? 'x');
      const answer = await host.ask(`${address}?queue=7`, { method, json: { foo: 1 } });
      if (answer.status !== 400) return `${method} ${path}: ${answer.status}`;
      const { errors = [] } = await jsonOf(answer, ProblemShape);
      const named = errors.map(({ message, path: place }) => `${place} ${message}`).join('\n');
      return `${method} ${path}: ${answer.status}${/\bfoo\b/.test(named) ? '' : ` ${named}`}`;
    }),
  );
  expect(answers).toEqual(operations.map(({ method, path }) => `${method} ${path}: 400`));
  expect(operations.length).toBeGreaterThan(15);
});
