import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

let clone: string;
beforeAll(async () => {
  clone = await mkdtemp(join(tmpdir(), 'finaz-clone-'));
  await cp(join(root, 'package.json'), join(clone, 'package.json'));
  await cp(join(root, 'scripts/pnpm.mjs'), join(clone, 'scripts/pnpm.mjs'));
  await mkdir(join(clone, 'bin'));
  await writeFile(join(clone, 'bin/npx'), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
});
afterAll(() => rm(clone, { recursive: true }));

/** The commands that scripts/pnpm.mjs gives to pnpm in a clone where nothing is installed yet. */
const asked = (...args: readonly string[]) =>
  execFileSync(process.execPath, ['scripts/pnpm.mjs', ...args], {
    cwd: clone,
    encoding: 'utf8',
    env: { PATH: `${join(clone, 'bin')}:/usr/bin:/bin` },
  })
    .trim()
    .split('\n')
    .map((line) => line.replace(/^--yes pnpm@\S+ /, ''));

it('scripts/pnpm.mjs installs the packages of the lockfile before it runs anything in a new clone', () => {
  expect(asked('run', 'check')).toEqual(['install --frozen-lockfile', 'run check']);
});

it('scripts/pnpm.mjs lets an install add a package that the lockfile does not have yet', () => {
  expect(asked('install')).toEqual(['install']);
});
