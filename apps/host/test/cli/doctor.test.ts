import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
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
