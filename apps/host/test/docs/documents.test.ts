import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { bundledAdapters } from '../../src/adapters.ts';
import { checkDocument } from '../../src/tenants/check-document.ts';
import { installAdapters } from '../../src/tenants/install-adapters.ts';
import { AnyObject } from '../support/json.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const pages = globSync('{README.md,docs/**/*.md,{packages,adapters,apps}/*/**/*.md}', {
  cwd: root,
  exclude: (name) => name.endsWith('node_modules'),
});

const Connected = v.looseObject({ connections: v.record(v.string(), AnyObject) });

/** The tenant documents that a page shows. A part of a document is completed; a single feature is added to the connection shown above it. */
function* documentsOf(page: string): Generator<[string, object]> {
  const whole = { id: '1042', name: 'x' };
  let connection: object = { adapter: 'generic-http' };
  for (const [, yaml = ''] of page.matchAll(/^```yaml.*\n([\s\S]*?)^```$/gm)) {
    const shown = v.parse(AnyObject, parse(yaml));
    // A file of rules for Prometheus, not a tenant document.
    if ('groups' in shown) continue;
    const title = yaml.trim().split('\n')[0] ?? '';
    if ('contactLoad' in shown) {
      const settings = {
        ...v.parse(AnyObject, v.parse(AnyObject, connection)['settings']),
        ...shown,
      };
      yield [title, { ...whole, connections: { a: { ...connection, settings } } }];
    } else if ('settings' in shown) {
      yield [title, { ...whole, connections: { a: { ...connection, ...shown } } }];
    } else {
      if (v.is(Connected, shown)) connection = Object.values(shown.connections)[0] ?? connection;
      yield [title, { ...whole, ...shown }];
    }
  }
}

const shown = pages.flatMap((page) =>
  [...documentsOf(readFileSync(root + page, 'utf8'))].map(
    ([title, document]): [string, string, object] => [page, title, document],
  ),
);

describe('tenant documents that the docs show', async () => {
  const adapters = await installAdapters(bundledAdapters, [], root);

  it('are found in the pages', () => expect(shown.length).toBeGreaterThan(18));

  it.each(shown)('can be saved: %s: %s', (_page, _title, document) => {
    expect(checkDocument(document, adapters).issues).toEqual([]);
  });
});
