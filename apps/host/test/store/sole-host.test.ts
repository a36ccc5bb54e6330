import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { beSoleHost } from '../../src/store/sole-host.ts';

it('a folder of SQLite is of one host at a time: a second one would send again what the first is at', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'finaz-sole-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const leave = await beSoleHost(dataDir);
  await expect(beSoleHost(dataDir, 300)).rejects.toThrow('another host works on');
  const waiting = beSoleHost(dataDir);
  leave();
  (await waiting)();
});
