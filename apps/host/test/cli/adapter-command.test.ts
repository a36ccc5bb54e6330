import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderWithAdapter } from '../support/adapter-package.ts';
import { runCli, startCli } from '../support/cli-process.ts';
import { foundIn, planted } from '../support/discretion.ts';

it('a command names a defect of an adapter by its place in the code, and never shows the text of its error', async () => {
  const bad = `Object.assign(new Error(${JSON.stringify(planted.name)}), { row: ${JSON.stringify(planted.name)} })`;
  const folder = await folderWithAdapter(
    `() => ({ features: {}, diagnose: async function* (context) { context.logger.error({ err: ${bad} }, 'looking'); throw ${bad}; } }),
    commands: [{ name: 'setup', description: 'x', flags: {}, run: async () => { throw ${bad}; } }]`,
  );
  const file = join(folder, 'tenant.yaml');
  await writeFile(file, `id: '7'\nname: A\nconnections: { pbx: { adapter: acme } }\n`);
  const variables = { DATA_DIR: join(folder, 'data'), ADAPTERS: 'acme-adapter' };
  for (const command of ['doctor', 'setup']) {
    const { ended, stdout, stderr } = startCli(
      ['acme', command, '--document', file],
      variables,
      folder,
    );
    expect(await ended).toBeGreaterThan(0);
    expect(stdout() + stderr()).toMatch(/acme-adapter\/index\.js:\d+/);
    expect(foundIn(stdout() + stderr())).toEqual([]);
  }
});

it('--generate-secrets makes missing secrets for an adapter command, and is refused by its doctor, which changes nothing', async () => {
  const folder = await folderWithAdapter(
    `() => ({ features: {} }),
    commands: [{ name: 'setup', description: 'x', flags: {}, run: async () => true }]`,
  );
  const file = join(folder, 'tenant.yaml');
  const settings = "settings: { token: '${secret:pbxToken}' }";
  await writeFile(file, `id: '7'\nname: A\nconnections: { pbx: { adapter: acme, ${settings} } }\n`);
  const run = (...args: readonly string[]) =>
    runCli(args, { DATA_DIR: join(folder, 'data'), ADAPTERS: 'acme-adapter' }, folder);
  const asked = ['--document', file, '--generate-secrets'];
  expect(await run('acme', 'doctor', '--document', file)).toMatchObject({
    code: 2,
    stderr: 'company 7: not set: pbxToken; put each with "finaz-telephony secrets set 7 NAME"\n',
  });
  expect(await run('acme', 'doctor', ...asked)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('unknown option --generate-secrets'),
  });
  expect(await run('acme', 'setup', '--document', file)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('let --generate-secrets make them'),
  });
  expect(await run('acme', 'setup', ...asked)).toMatchObject({
    code: 0,
    stderr: 'made and stored the secret pbxToken of company 7\n',
  });
});

it('a command whose adapter cannot be loaded says why, and --help still shows the other adapters', async () => {
  const folder = await folderWithAdapter('() => ({ features: {} })');
  const elsewhere = { DATA_DIR: join(folder, 'data'), ADAPTERS: 'acme-adapter' };
  expect(await runCli(['acme', 'doctor', '--tenant', '7'], elsewhere)).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(
      /^environment ADAPTERS: acme-adapter: cannot be loaded from .*\n$/,
    ),
  });
  expect(await runCli(['--help'], elsewhere)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('asterisk'),
  });
});
