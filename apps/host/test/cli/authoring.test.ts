// From a vendor's curl command to the reading of a reply, as people do it: real processes, and no host.
import { createHmac } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificateOf } from '../support/certificates.ts';
import { runCli } from '../support/cli-process.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'finaz-authoring-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const inFolder = (name: string) => join(folder, name);
const run = (...args: readonly string[]) => runCli(args, { DATA_DIR: inFolder('data') });

const example = fileURLToPath(new URL('../../../../docs/examples/tenant.yaml', import.meta.url));

describe('making a connection on the command line', () => {
  it('imports a curl command, checks and previews the draft and reads a reply, without a store of its own', async () => {
    await writeFile(
      inFolder('call.txt'),
      `curl -k 'https://pbx.example/calls' -H 'X-Api-Key: k-123456' --json '{"ramal":"1001","numero":"41999998888"}'`,
    );
    await writeFile(inFolder('reply.json'), '{"sucesso":true,"mensagem":"","id":"c-1"}');
    const out = inFolder('pbx');
    const reply = ['--reply', inFolder('reply.json')];
    const place = ['--tenant', '1042', '--out', out];
    const made = await run('import', 'curl', inFolder('call.txt'), ...reply, ...place);
    expect(made).toMatchObject({ code: 0 });
    expect(made.stderr).toContain('taken for click2call; use --feature to change that');
    expect(made.stderr).toContain('warning: -k is left out: certificates are always checked');
    expect(made.stderr).toContain('connections.NAME.tls.trust');
    expect(made.stderr).toContain('secret dialerApiKey; its value is in secrets.yaml');
    expect(made.stdout + made.stderr).not.toContain('k-123456');
    expect((await readdir(out)).toSorted()).toEqual(['secrets.yaml', 'tenant.yaml', 'test']);

    const document = join(out, 'tenant.yaml');
    expect(await run('check', document)).toMatchObject({ code: 0, stdout: `${document}: ok\n` });
    const shown = await run('preview', '1042', 'dialer', 'click2call', '--document', document);
    expect(JSON.parse(shown.stdout)).toMatchObject({
      request: { url: 'https://pbx.example/calls', headers: { 'x-api-key': '***dialerApiKey***' } },
    });
    expect(shown.stderr).toContain(`\ncurl -X POST 'https://pbx.example/calls' -H`);
    await writeFile(
      inFolder('refusal.txt'),
      'HTTP/1.1 200 OK\r\n\r\n{"sucesso":false,"mensagem":"em pausa"}',
    );
    const reading = await run(
      'reply',
      'click2call',
      inFolder('refusal.txt'),
      '--document',
      document,
    );
    expect(reading).toMatchObject({ code: 0, stderr: '' });
    expect(reading.stdout).toContain('reply.sucesso == false holds, so it is refused');
    expect(reading.stdout).toContain("the system's words: em pausa");
    expect(await readdir(folder)).not.toContain('data');
  });

  it('reads a request of the telephone system with the secrets beside the document, and says how its signature was checked', async () => {
    const events = inFolder('events');
    await mkdir(events);
    const document = join(events, 'tenant.yaml');
    const settings = {
      variables: { secret: '${secret:callback}' },
      answeredCall: {
        signature: { given: '{{ header.x-sig }}', expected: '{{ text | hmac: variables.secret }}' },
        when: 'body.event == "answered"',
        fields: {
          number: '{{ body.to }}',
          callId: '{{ body.id }}',
          extension: '{{ query.ramal }}',
        },
      },
    };
    const connections = { pbx: { adapter: 'generic-http', settings } };
    await writeFile(document, JSON.stringify({ id: '1042', name: 'A', connections }));
    const body = '{"event":"answered","to":"41999998888","id":"c-1"}';
    const signature = createHmac('sha256', 'callback-secret').update(body).digest('hex');
    const sample = inFolder('answered.txt');
    await writeFile(
      sample,
      `POST /callbacks/1042/pbx?ramal=1001 HTTP/1.1\r\nX-Sig: ${signature}\r\n\r\n${body}`,
    );
    const read = () => run('reply', 'answeredCall', sample, '--document', document);
    const told = '{"events":[{"number":"*****8888","callId":"c-1","extension":"1001"}]}';
    const without = await read();
    expect(without).toMatchObject({ code: 0, stderr: '' });
    expect(without.stdout).toContain(
      'answeredCall.signature: not checked (secret callback is not known here)',
    );
    expect(without.stdout).toContain(`\nsuccess: ${told}\nits sender would hear 200`);
    const secrets = join(events, 'secrets.yaml');
    await writeFile(secrets, "'1042': { callback: callback-secret }");
    expect((await read()).stdout).toContain('answeredCall.signature: checked, and right\n');
    await writeFile(secrets, "'1042': { callback: another-secret }");
    const wrong = await read();
    expect(wrong).toMatchObject({ code: 0, stderr: '' });
    expect(wrong.stdout).toContain('failure: auth_failed: The notification has a wrong signature.');
    expect(wrong.stdout).toContain(`\nread all the same: ${told}\nits sender would hear 403`);
    expect(wrong.stdout).not.toMatch(/another-secret|41999998888/);
    expect(wrong.stdout).not.toContain(signature);
  });

  it('imports the command after "--", and prints the document if no folder is named', async () => {
    const flags = ['--tenant', '1042', '--feature', 'transfer'];
    const command = ['curl', '-sS', 'https://pbx.example/x?ramal=1001&destino=1002'];
    const printed = await run('import', 'curl', ...flags, '--', ...command);
    expect(printed).toMatchObject({ code: 0 });
    expect(printed.stdout).toContain("destino: '{{ destination }}'");
  });

  it.each([
    [
      ['import', 'curl', '--tenant', '1', '--', 'curl', '--frobnicate', 'http://x/'],
      'unknown option --frobnicate',
    ],
    [
      ['import', 'curl', '--tenant', '1', '--feature', 'dance', '--', 'curl', 'http://x/'],
      '--feature dance: unknown feature; known: click2call',
    ],
    [['import', 'curl', '/nowhere', '--tenant', '1'], '/nowhere: there is no such file'],
    [
      ['reply', 'answeredCall', '/nowhere', '--document', example, '--status', '200'],
      'answeredCall is read of one file with a request of the telephone system; it takes no --status',
    ],
    [
      ['preview', '1042', 'dialer', 'answeredCall', '--document', example],
      'have "reply" read a sample of its request instead',
    ],
    [['reply', 'dance', '/nowhere', '--document', '/nowhere'], 'there is no feature "dance"'],
    [
      ['reply', 'click2cal', '/nowhere', '--document', '/nowhere'],
      'there is no feature "click2cal"; did you mean "click2call"?',
    ],
    [
      ['preview', '1042', 'dialr', 'click2call', '--document', example],
      'company 1042: there is no connection "dialr"; did you mean "dialer"?',
    ],
  ])('ends %j with exit code 2 and a message in words', async (args, message) => {
    const { code, stderr } = await run(...args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
    expect(stderr).not.toContain('    at ');
  });

  it('check reports an expired trusted certificate, and preview shows whose certificate it is', async () => {
    const document = inFolder('trust.json');
    const trust = certificateOf('expired');
    const settings = { baseUrl: 'https://pbx.example', click2call: { request: { url: '/dial' } } };
    const connections = { pbx: { adapter: 'generic-http', settings, tls: { trust } } };
    await writeFile(document, JSON.stringify({ id: '1042', name: 'Cobranca', connections }));
    const { code, stdout } = await run('check', document);
    const end = `${document}: connections.pbx.tls.trust: the certificate has expired on 2021-01-01`;
    expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining(end) });
    const shown = await run('preview', '1042', 'pbx', 'click2call', '--document', document);
    expect(JSON.parse(shown.stdout)).toMatchObject({ trust: { subject: 'CN=pbx.local' } });
  });

  it('check prints the warnings that saving the document would give', async () => {
    const document = inFolder('warned.json');
    const settings = {
      baseUrl: 'https://pbx.example',
      headers: { 'X-Api-Key': 'k-123456' },
      contactClear: { request: { url: '/clear' } },
      contactLoad: {
        unit: 'contact',
        request: { url: '/load/{{ phone1 }}' },
        capture: { list: 'reply.list' },
      },
      answeredCall: {},
    };
    const connections = { pbx: { adapter: 'generic-http', settings } };
    const features = { contactLoad: 'pbx', answeredCall: 'pbx' };
    await writeFile(document, JSON.stringify({ id: '1042', name: 'A', connections, features }));
    const { code, stdout, stderr } = await run('check', document);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${document}: ok\n` });
    expect(stderr.trimEnd().split('\n')).toEqual([
      expect.stringContaining('warning: inbound.allowFrom is empty'),
      expect.stringContaining('warning: features.contactClear is off'),
      expect.stringContaining('X-Api-Key looks like a credential'),
      expect.stringMatching(
        /capture\.list is plain text, not an expression; for the value write {{ reply\.list }}$/,
      ),
    ]);
  });

  it('schema prints the JSON Schema of the tenant document', async () => {
    const { stdout } = await run('schema');
    expect(JSON.parse(stdout)).toMatchObject({ type: 'object', properties: { connections: {} } });
  });
});
