import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { readEnvironment } from '../../src/environment.ts';
import { createLogger } from '../../src/logger.ts';
import { serve } from '../../src/serve.ts';
import { beSoleHost } from '../../src/store/sole-host.ts';

it('a folder of SQLite belongs to one host at a time, because a second one would send again what the first is sending; the error says what to do', async () => {
  const dataDir = await emptyFolder();
  const leave = await beSoleHost(dataDir);
  await expect(beSoleHost(dataDir, 300)).rejects.toThrow(
    `environment DATA_DIR: another host works on ${dataDir}; stop it first (for several hosts give all of them one DATABASE_URL)`,
  );
  const waiting = beSoleHost(dataDir);
  leave();
  (await waiting)();
});

it('a host holds its folder while it serves, and leaves it free when it stops or cannot listen', async () => {
  const dataDir = await emptyFolder();
  const start = (port: string) =>
    serve(
      readEnvironment({ PORT: port, DATA_DIR: dataDir, DRAIN_SECONDS: '0' }),
      createLogger('silent'),
    );
  const host = await start('0');
  await expect(beSoleHost(dataDir, 300)).rejects.toThrow('another host works on');
  await host.stop();
  const other = await serve(
    readEnvironment({ PORT: '0', DATA_DIR: await emptyFolder(), DRAIN_SECONDS: '0' }),
    createLogger('silent'),
  );
  onTestFinished(() => other.stop());
  await expect(start(new URL(other.url).port)).rejects.toThrow('cannot listen');
  (await beSoleHost(dataDir, 0))();
});

it('a damaged lock file is named, with the reason why it cannot be locked and what to do about it', async () => {
  const dataDir = await emptyFolder();
  const file = join(dataDir, 'host.lock');
  await writeFile(file, 'x'.repeat(5000));
  await expect(beSoleHost(dataDir, 0)).rejects.toThrow(
    `environment DATA_DIR: ${file} cannot be locked (file is not a database); look whether this user may write it, and delete it where it is damaged`,
  );
});

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'finaz-sole-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
