// The commands as people use them: a real process that asks a real host.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { genericHttpSettings, startLoopbackServer } from '@finaz-telephony/testing';
import { ShownMailingSchema } from '../../src/mailings/show-mailing.ts';
import { runCli, startCli } from '../support/cli-process.ts';
import { contacts, isIn, mailing, sendMailing, until } from '../support/mailings.ts';
import { adminKey, startTestHost, tenantDocument, type TestHost } from '../support/test-host.ts';

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
  const document = tenantDocument(host.vendor.url);
  const settings = genericHttpSettings(host.vendor.url, '${secret:vendorToken}');
  const contactLoad = { ...settings.contactLoad, repeatable: false };
  const dialer = { ...document.connections.dialer, settings: { ...settings, contactLoad } };
  const limited = { ...dialer, limits: { timeout: 10, requestsPerSecond: 100 } };
  await host.tenant('?check=skip', {
    method: 'PUT',
    json: { ...document, connections: { dialer: limited } },
  });
});
afterAll(() => host.stop());
beforeEach(() => host.vendor.faults.clear());

const variables = () => ({
  TELEPHONY_URL: host.url,
  TELEPHONY_KEY: adminKey,
  DATA_DIR: host.dataDir,
});
const mailings = (...args: readonly string[]) => runCli(['mailings', ...args], variables());
/** A mailing whose load is slow enough to be still running when the commands of a test have ended. */
function sendLongMailing(queue: string): Promise<string> {
  host.vendor.faults.next('contactLoad', { kind: 'slow', ms: 1000 });
  return sendMailing(host, contacts(2000), queue);
}
const jsonLines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => v.parse(ShownMailingSchema, JSON.parse(line)));

describe('finaz-telephony mailings', () => {
  it('list prints a row per mailing, show prints its counts, and --url and --key take precedence over the environment', async () => {
    const id = await sendMailing(host, contacts(3), '60');
    await until(host, id, isIn('active'));
    const list = await mailings('list', '1042', '--queue', '60');
    expect(list).toMatchObject({ code: 0, stderr: '' });
    const [head, row, ...others] = list.stdout.trimEnd().split('\n');
    expect(head).toMatch(/^MAILING +QUEUE +STATE +TOTAL +SENT/);
    expect(row).toMatch(new RegExp(`^${id} +60 +active +3 +3 +0 +0 +0 `));
    expect(others).toEqual([]);
    const flags = ['--url', host.url, '--key', adminKey];
    const elsewhere = {
      TELEPHONY_URL: 'http://127.0.0.1:9',
      TELEPHONY_KEY: 'another',
      DATA_DIR: host.dataDir,
    };
    const asked = ['mailings', 'show', '1042', id, ...flags];
    const shown = await runCli(asked, elsewhere);
    expect(shown.stdout).toContain('contacts  3: 3 sent, 0 pending');
    const { stdout } = await mailings('show', '1042', id, '--json');
    expect(v.parse(ShownMailingSchema, JSON.parse(stdout))).toMatchObject({ sent: 3 });
  });

  it('list names the --after of the next page on stderr, and continues there', async () => {
    const ids = [
      await sendMailing(host, contacts(1), '69'),
      await sendMailing(host, contacts(1), '69'),
    ];
    const listed = ({ stdout }: { readonly stdout: string }) =>
      jsonLines(stdout.replace(/\n\s*/g, '').replace(/^\[|\]$/g, '')).map(
        ({ mailingId }) => mailingId,
      );
    const first = await mailings('list', '1042', '--queue', '69', '--limit', '1', '--json');
    const [, after = ''] = /^there are more: --after (\d+)$/m.exec(first.stderr) ?? [];
    const second = await mailings(
      'list',
      '1042',
      '--queue',
      '69',
      '--limit',
      '1',
      '--after',
      after,
      '--json',
    );
    expect([...listed(first), ...listed(second)]).toEqual(ids.toReversed());
  });

  it('watch follows a load to its end, in plain lines without a terminal and as JSON with --json', async () => {
    const id = await sendMailing(host, contacts(200), '61');
    const [plain, json] = await Promise.all([
      mailings('watch', '1042', id),
      mailings('watch', '1042', id, '--json'),
    ]);
    expect(plain.code).toBe(0);
    expect(plain.stdout).not.toContain('\u001b');
    expect(plain.stdout.trimEnd().split('\n').at(-1)).toMatch(/ {2}active {2}100% {2}200 of 200$/);
    const seen = jsonLines(json.stdout);
    expect(seen.at(-1)).toMatchObject({ mailingId: id, state: 'active', sent: 200 });
  });

  it('pause, resume and cancel change a mailing, and what is not possible in its state is refused', async () => {
    const id = await sendLongMailing('62');
    await until(host, id, ({ sent }) => sent > 0);
    expect(await mailings('pause', '1042', id)).toMatchObject({
      code: 0,
      stdout: `${id} paused\n`,
    });
    expect((await mailings('resume', '1042', id)).code).toBe(0);
    const watching = mailings('watch', '1042', id);
    expect(await mailings('cancel', '1042', id)).toMatchObject({ stdout: `${id} cancelled\n` });
    expect((await watching).code).toBe(1);
    const refused = await mailings('resume', '1042', id);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('cannot be');
    expect(refused.stdout).toBe('');
    // Otherwise the last requests of this mailing would get the answers that another test prepares.
    await expect.poll(async () => (await mailing(host, id)).sending, { timeout: 20_000 }).toBe(0);
  });

  it('watch says why a load has stopped, retry continues the load, and deactivate finishes it', async () => {
    host.vendor.faults.next('contactLoad', { kind: 'status', status: 401 }, 1);
    const id = await sendMailing(host, contacts(3), '63');
    const stopped = await mailings('watch', '1042', id);
    expect(stopped.code).toBe(1);
    expect(stopped.stderr).toContain('(auth_failed)');
    host.vendor.faults.clear();
    expect((await mailings('retry', '1042', id)).code).toBe(0);
    expect((await mailings('watch', '1042', id)).code).toBe(0);
    expect(await mailings('deactivate', '1042', id)).toMatchObject({
      code: 0,
      stdout: `${id} deactivating\n`,
    });
    const finished = await mailings('watch', '1042', id, '--json');
    expect(jsonLines(finished.stdout).at(-1)).toMatchObject({ state: 'finished' });
  });

  it('watch goes on after the host, or a proxy in front of it, was away for a moment', async () => {
    const id = await sendMailing(host, contacts(1), '66');
    const loaded = await until(host, id, isIn('active'));
    const answers = [{ ...loaded, state: 'loading' }, undefined, loaded];
    const { url, close } = await startLoopbackServer((_, response) => {
      const shown = answers.shift();
      response.statusCode = shown ? 200 : 503;
      response.end(shown ? `event: progress\ndata: ${JSON.stringify(shown)}\n\n` : 'Bad Gateway');
    });
    const watched = await runCli(['mailings', 'watch', '1042', id], {
      ...variables(),
      TELEPHONY_URL: url,
    });
    await close();
    expect(watched).toMatchObject({ code: 0, stderr: '' });
    expect(watched.stdout).toContain('active');
  });

  it('watch ends with code 141 when the reader of its output has closed the pipe', async () => {
    const id = await sendLongMailing('65');
    const watching = startCli(['mailings', 'watch', '1042', id, '--json'], variables());
    await expect.poll(watching.stdout, { timeout: 60_000 }).toContain('loading');
    watching.closeStdout();
    expect(await watching.ended).toBe(141);
    expect(watching.stderr()).toBe('');
    await host.tenant(`/mailings/${id}/cancel`, { method: 'POST' });
  });

  it('list refuses a --limit that is not a number, and says what it may be', async () => {
    const listed = await mailings('list', '1042', '--limit', 'many');
    expect(listed).toMatchObject({ code: 1, stdout: '' });
    expect(listed.stderr).toContain('limit must be a whole number from 1 to 1000');
  });

  it('says in words that a mailing does not exist, a host does not answer, or a key is wrong or missing', async () => {
    const unknown = await mailings('show', '1042', 'nothing');
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toContain('(not_found)');
    const away = await runCli(['mailings', 'list', '1042'], {
      ...variables(),
      TELEPHONY_URL: 'http://127.0.0.1:9',
    });
    expect(away.code).toBe(2);
    expect(away.stderr).toMatch(/^no host answers at http:\/\/127\.0\.0\.1:9 \(.+\)/);
    const wrong = await runCli(
      ['mailings', 'list', '1042', '--url', host.url, '--key', 'none'],
      {},
    );
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('Name a key of this host with --key or TELEPHONY_KEY');
    const keyless = await runCli(['mailings', 'list', '1042'], { DATA_DIR: '/nowhere' });
    expect(keyless.code).toBe(2);
    expect(keyless.stderr).toContain('TELEPHONY_KEY');
  });

  it('watch ends with code 130 on Ctrl+C', async () => {
    const id = await sendLongMailing('64');
    const watching = startCli(['mailings', 'watch', '1042', id], variables());
    await expect.poll(watching.stdout, { timeout: 60_000 }).toContain('loading');
    expect(await watching.signal('SIGINT')).toBe(130);
    await host.tenant(`/mailings/${id}/cancel`, { method: 'POST' });
  });
});
