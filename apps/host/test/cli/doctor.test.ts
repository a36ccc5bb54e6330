import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { silentLogger } from '../../src/logger.ts';
import { openStore } from '../../src/store/open-store.ts';
import { runCli } from '../support/cli-process.ts';

it('doctor --offline reports a clear that is not bound, and events that could not be read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'finaz-doctor-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const variables = { DATA_DIR: join(folder, 'data') };
  const file = join(folder, '1042.json');
  const request = { method: 'POST', url: 'https://pbx.example/' };
  const settings = {
    variables: { salt: 'no Base64: #' },
    contactLoad: { request },
    contactClear: { request },
    answeredCall: {
      signature: {
        given: '{{ header.x-signature }}',
        expected: '{{ text | hmac: variables.salt, "sha256", "hex", "base64" }}',
      },
    },
  };
  const document = {
    id: '1042',
    name: 'Cobranca Sul',
    inbound: { allowFrom: ['203.0.113.0/24'] },
    connections: { dialer: { adapter: 'generic-http', settings } },
    features: { contactLoad: 'dialer', answeredCall: 'dialer' },
  };
  await writeFile(file, JSON.stringify(document));
  expect(await runCli(['apply', '--skip-check', file], variables)).toMatchObject({ code: 0 });
  const { code, stdout } = await runCli(['doctor', '--offline'], variables);
  expect(stdout).toContain('WRONG  company 1042: features.contactClear is off');
  expect(stdout).toContain('WRONG  company 1042: answeredCall takes no event: The key of an HMAC');
  expect(code).toBe(1);
});

it('doctor goes on past a company whose document is damaged', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'finaz-doctor-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const dataDir = join(folder, 'data');
  const files = ['1042', '1043'].map((id) => join(folder, `${id}.json`));
  for (const file of files)
    await writeFile(file, JSON.stringify({ id: basename(file, '.json'), name: 'Cobranca Sul' }));
  expect(await runCli(['apply', ...files], { DATA_DIR: dataDir })).toMatchObject({ code: 0 });
  const store = await openStore({ dataDir, databaseUrl: undefined, logger: silentLogger });
  await store.db
    .updateTable('tenants')
    .set({ document: '{"id":"10' })
    .where('id', '=', '1042')
    .execute();
  await store.close();
  const { code, stdout } = await runCli(['doctor', '--offline'], { DATA_DIR: dataDir });
  expect(stdout).toContain('WRONG  company 1042: The document of company 1042 cannot be read');
  expect(stdout).toContain('ok     company 1043: document, version 1');
  expect(code).toBe(1);
});
