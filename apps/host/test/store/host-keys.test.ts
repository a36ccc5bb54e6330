import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { StartError } from '../../src/environment.ts';
import { silentLogger } from '../../src/logger.ts';
import { loadHostKeys } from '../../src/store/master-keys.ts';
import { openStore } from '../../src/store/open-store.ts';
import { createVault } from '../../src/store/vault.ts';
import { runCli } from '../support/cli-process.ts';
import { createHostPlace } from '../support/host-place.ts';

it("a place where the host's keys cannot be kept is named with what to do, and missing folders are created", async () => {
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

it('no keys.json is created if the database needs keys that are missing, because it would pass for the one in a backup', async () => {
  const place = await createHostPlace();
  onTestFinished(place.remove);
  const { dataDir, databaseUrl } = place;
  const store = await openStore({ dataDir, databaseUrl, logger: silentLogger });
  await createVault(store, [{ id: 'lost', key: randomBytes(32) }]).cipher('1042');
  await store.close();
  const file = join(dataDir, 'keys.json');
  for (const command of [['serve'], ['keys', 'list']]) {
    const { code, stderr } = await runCli(command, { ...place.variables, MASTER_KEY: '' });
    expect(stderr).toContain(`${file}: is missing`);
    expect(code).toBe(2);
    expect(existsSync(file)).toBe(false);
  }
});

it.each([
  ['another master key', randomBytes(32).toString('base64'), /is under the master key \w+, which/],
  ['what is no key', 'c2hvcnQ=', /MASTER_KEY: must be 32 bytes/],
])(
  'neither serve nor a command creates a keys.json if it refuses to work with %s',
  async (_, masterKey, message) => {
    const place = await createHostPlace();
    onTestFinished(place.remove);
    const { dataDir, databaseUrl } = place;
    const store = await openStore({ dataDir, databaseUrl, logger: silentLogger });
    const { masterKeys } = loadHostKeys({
      dataDir,
      masterKey: place.variables['MASTER_KEY'],
      adminKey: 'of-this-test',
    });
    await createVault(store, masterKeys).cipher('1042');
    await store.close();
    for (const command of [['serve'], ['keys', 'list']]) {
      const { code, stderr } = await runCli(command, { ...place.variables, MASTER_KEY: masterKey });
      expect(stderr).toMatch(message);
      expect(code).toBe(2);
      expect(existsSync(join(dataDir, 'keys.json'))).toBe(false);
    }
  },
);

it('neither serve nor a command works with keys of another database, because what they seal would open on no host', async () => {
  const place = await createHostPlace();
  onTestFinished(place.remove);
  const { dataDir, databaseUrl } = place;
  const store = await openStore({ dataDir, databaseUrl, logger: silentLogger });
  await createVault(store, [{ id: 'other', key: randomBytes(32) }]).cipher('1042');
  await store.close();
  loadHostKeys({ dataDir, masterKey: undefined, adminKey: undefined });
  for (const command of [['serve'], ['keys', 'list']]) {
    const { code, stderr } = await runCli(command, { ...place.variables, MASTER_KEY: '' });
    expect(stderr).toMatch(/is under the master key other, which/);
    expect(code).toBe(2);
  }
});
