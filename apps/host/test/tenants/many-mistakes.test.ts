import { expect, it } from 'vitest';
import { bundledAdapters } from '../../src/adapters.ts';
import { checkDocument } from '../../src/tenants/check-document.ts';
import { installAdapters } from '../../src/tenants/install-adapters.ts';

it('a document with 500 mistakes is answered with 100 issues, because issues with long paths could fill the memory', async () => {
  const adapters = await installAdapters(bundledAdapters, [], process.cwd());
  const headers = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`header-${at}`, at]));
  const settings = { baseUrl: 'https://pbx.example', headers };
  const connections = { pabx: { adapter: 'generic-http', settings } };
  const { issues } = checkDocument({ id: '1042', name: 'Sul', connections }, adapters);
  expect(issues).toHaveLength(100);
  expect(issues[0]?.path).toEqual(['connections', 'pabx', 'settings', 'headers', 'header-0']);
});
