import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { expect, it, onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));

it('the release commands of CONTRIBUTING.md run the pnpm of the project, because npm does not bring one', () => {
  const { scripts } = v.parse(
    v.object({ scripts: v.record(v.string(), v.string()) }),
    JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')),
  );
  const page = readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8');
  const named = [...page.matchAll(/^npm run ([\w:]+)/gm)].map(([, name = '']) => name);
  expect(named).toEqual(expect.arrayContaining(['changeset', 'release']));
  for (const name of ['changeset', 'release'])
    expect(scripts[name]).toMatch(/^node scripts\/pnpm\.mjs /);
});

it('check-release refuses files that are not committed, and changes without a version', async () => {
  const clone = await mkdtemp(join(tmpdir(), 'finaz-release-'));
  onTestFinished(() => rm(clone, { recursive: true }));
  await cp(join(root, 'scripts/check-release.mjs'), join(clone, 'scripts/check-release.mjs'));
  await mkdir(join(clone, '.changeset'));
  const git = (...args: readonly string[]) =>
    spawnSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], {
      cwd: clone,
    });
  const looked = () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/check-release.mjs'], {
      cwd: clone,
      encoding: 'utf8',
    });
    return { status, stderr };
  };
  git('init');
  git('add', '--all');
  git('commit', '--message', 'Begin');
  expect(looked()).toEqual({ status: 0, stderr: '' });

  await writeFile(join(clone, 'CHANGELOG.md'), '');
  expect(looked()).toEqual({ status: 1, stderr: expect.stringContaining('?? CHANGELOG.md') });

  await writeFile(join(clone, '.changeset/new.md'), '');
  expect(looked()).toEqual({
    status: 1,
    stderr: expect.stringContaining('npm run changeset -- version'),
  });
});
