import { expect, it } from 'vitest';
import { bundledAdapters } from '../../src/adapters.ts';
import { checkDocument } from '../../src/tenants/check-document.ts';
import { installAdapters } from '../../src/tenants/install-adapters.ts';

const many = Array.from({ length: 500 }, (_, at) => `header-${at}`);

it.each([
  ['form', { inbound: { allowFrom: many } }, ['inbound', 'allowFrom', 0]],
  ['form, where others cannot be looked for', { id: 7, inbound: { allowFrom: many } }, ['id']],
  [
    'adapter',
    {
      connections: {
        pabx: {
          adapter: 'generic-http',
          settings: {
            baseUrl: 'https://pbx.example',
            headers: Object.fromEntries(many.map((name, at) => [name, at])),
          },
        },
      },
    },
    ['connections', 'pabx', 'settings', 'headers', 'header-0'],
  ],
])(
  'a document with 500 mistakes for its %s is answered with 100 issues, because issues with long paths could fill the memory',
  async (_, parts, first) => {
    const adapters = await installAdapters(bundledAdapters, [], process.cwd());
    const { issues } = checkDocument({ id: '1042', name: 'Sul', ...parts }, adapters);
    expect(issues).toHaveLength(100);
    expect(issues[0]?.path).toEqual(first);
  },
);
