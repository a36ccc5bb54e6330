import { readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { startCli } from '../support/cli-process.ts';
import { startTestHost } from '../support/test-host.ts';

const page = readFileSync(new URL('../../../../docs/operating.md', import.meta.url), 'utf8');

it('docs/operating.md has documents of a running host checked by another version, which touches nothing of it', async () => {
  const [, path = ''] = /^ *curl .*:3000(\/\S+) > 1042\.json$/m.exec(page) ?? [];
  const [, command = ''] = /^ *finaz-telephony (.* 1042\.json) /m.exec(page) ?? [];
  const host = await startTestHost();
  onTestFinished(() => host.stop());
  const file = join(host.dataDir, '1042.json');
  await writeFile(file, await (await host.ask(path)).text());
  const before = await readdir(host.dataDir);
  const other = join(host.dataDir, 'other');
  const checked = startCli(command.split(' '), { DATA_DIR: other }, host.dataDir);
  expect(await checked.ended).toBe(0);
  expect(checked.stdout()).toBe('1042.json: ok\n');
  expect(await readdir(host.dataDir)).toEqual(before);
});
