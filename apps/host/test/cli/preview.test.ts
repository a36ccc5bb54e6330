// The preview of a stored connection: a real process that asks a real host.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli } from '../support/cli-process.ts';
import { adminKey, startTestHost, type TestHost } from '../support/test-host.ts';

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
});
afterAll(() => host.stop());

const preview = (feature: string, ...flags: readonly string[]) => {
  const asked = ['preview', '1042', 'dialer', feature, '--key', adminKey];
  return runCli([...asked, '--url', host.url, ...flags], { DATA_DIR: host.dataDir });
};

it('preview shows what the host would send, as JSON and as a curl command', async () => {
  const { code, stdout, stderr } = await preview('click2call');
  expect(JSON.parse(stdout)).toMatchObject({ request: { url: `${host.vendor.url}/calls` } });
  expect(stderr).toContain(`\ncurl -X POST '${host.vendor.url}/calls'`);
  expect(code).toBe(0);
});

it('preview shows why the host refuses', async () => {
  const { code, stdout } = await preview('dance');
  expect(JSON.parse(stdout)).toMatchObject({ status: 400, code: 'invalid_input' });
  expect(code).toBe(1);
});

it('preview asks the host of TELEPHONY_URL if no flag names another', async () => {
  const asked = ['preview', '1042', 'dialer', 'click2call'];
  const variables = { TELEPHONY_URL: host.url, TELEPHONY_KEY: adminKey, DATA_DIR: host.dataDir };
  expect(await runCli(asked, variables)).toMatchObject({ code: 0 });
});

it.each([
  [
    ['--url', 'localhost'],
    '--url: is not a valid address; write for example https://telephony.example',
  ],
  [
    ['--url', 'localhost:3000'],
    '--url: is not a valid address; write for example https://telephony.example',
  ],
  [['--url', 'http://127.0.0.1:9'], 'no host answers at http://127.0.0.1:9; start one with'],
  [['--input', '{queue: 7}'], '--input is not valid JSON; write it in single quotes'],
])('preview with %j ends with exit code 2 and a message in words', async (flags, message) => {
  const { code, stdout, stderr } = await preview('click2call', ...flags);
  expect(stderr).toContain(message);
  expect([code, stdout]).toEqual([2, '']);
});
