import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { adminKey, startTestHost, tenantDocument } from '../support/test-host.ts';

const page = readFileSync(new URL('../../../../docs/operating.md', import.meta.url), 'utf8');
const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

/** The two commands that the page uses: the command line from the sources, and enough of curl, which not every machine has. */
const commands = `
finaz-telephony() { DATA_DIR=other "$NODE" --conditions=@finaz-telephony/source --disable-warning=ExperimentalWarning "$CLI" "$@"; }
curl() { "$NODE" -e '
  const [option, header, line, address] = process.argv.slice(1);
  if (option + header !== "-sf-H") throw new Error("another curl");
  const [name, value] = line.split(": ");
  fetch(address.replace("http://127.0.0.1:3000", process.env.HOST_URL), { headers: { [name]: value } })
    .then((answer) => answer.ok ? answer.text() : Promise.reject(answer.status))
    .then((text) => process.stdout.write(text));
' -- "$@"; }
`;

it('the commands of docs/operating.md check the documents of a running host with another version, and change nothing on the host', async () => {
  const [, lines = ''] = /^ *(mkdir documents\n[^]*?)^ *```$/m.exec(page) ?? [];
  const host = await startTestHost();
  onTestFinished(() => host.stop());
  const second = { ...tenantDocument(host.vendor.url), id: '2001', name: 'A "id":"9", B' };
  await host.ask('/v1/tenants/2001/secrets/vendorToken', { method: 'PUT', json: { value: 'x' } });
  await host.ask('/v1/tenants/2001?check=skip', { method: 'PUT', json: second });
  const before = await readdir(host.dataDir);
  const { stdout } = await promisify(execFile)('bash', ['-ec', `${commands}${lines}`], {
    cwd: host.dataDir,
    env: {
      PATH: process.env['PATH'],
      NODE: process.execPath,
      CLI: cli,
      HOST_URL: host.url,
      ADMIN_KEY: adminKey,
    },
  });
  expect(stdout).toBe('documents/1042.json: ok\ndocuments/2001.json: ok\n');
  expect((await readdir(host.dataDir)).toSorted()).toEqual([...before, 'documents'].toSorted());
  expect(await readdir(join(host.dataDir, 'documents'))).toHaveLength(2);
});
