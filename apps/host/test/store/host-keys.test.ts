import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { StartError } from '../../src/environment.ts';
import { loadHostKeys } from '../../src/store/master-keys.ts';

it('says where the keys of a host cannot be kept, and what to do', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'finaz-host-keys-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'file');
  await writeFile(file, '');
  const load = (dataDir: string) => () =>
    loadHostKeys({ dataDir, masterKey: undefined, adminKey: undefined });
  expect(load(file)).toThrow(StartError);
  expect(load(file)).toThrow(/keys\.json cannot be written .*; name a folder that this user may/);
  const made = load(join(folder, 'a/b/c'))();
  expect(made.newAdminKey).toBe(made.adminKey);
  expect(load(join(folder, 'a/b/c'))().adminKey).toBe(made.adminKey);
});
