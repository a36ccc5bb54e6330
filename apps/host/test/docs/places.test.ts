import { existsSync, globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const pages = globSync('{README.md,CONTRIBUTING.md,docs/**/*.md}', { cwd: root });

it('every file and folder that a page names exists', () => {
  const named = pages.flatMap((page) =>
    [
      ...readFileSync(root + page, 'utf8').matchAll(
        /`((?:adapters|apps|bench|docs|packages|scripts)\/[\w./-]+)`/g,
      ),
    ].map(([, place = '']) => ({ page, place })),
  );
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter(({ place }) => !existsSync(root + place))).toEqual([]);
});
