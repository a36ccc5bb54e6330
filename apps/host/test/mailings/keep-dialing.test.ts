import { startLoopbackServer, type LoopbackServer } from '@finaz-telephony/testing';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { jsonOf } from '../support/json.ts';
import { isIn, TakenShape, until } from '../support/mailings.ts';
import { startTestHost, type TestHost } from '../support/test-host.ts';
import { wholeBody } from '../support/whole-body.ts';

/** Requests to the telephone system, as `METHOD path`. */
const asked: string[] = [];
const starts = () => asked.filter((one) => one === 'POST /ari/channels').length;

/** The database of the telephone system, which keeps what it has taken. */
const kept = new Map<string, string>();

function answerTo(action: URLSearchParams): string {
  const key = action.get('Key') ?? '';
  if (action.get('Action') === 'DBPut') kept.set(key, action.get('Val') ?? '');
  const value = kept.get(key);
  return action.get('Action') === 'DBGet' && value !== undefined
    ? `Response: Success\r\n\r\nKey: /finaz/fila/7/${key}\r\nVal: ${value}\r\n`
    : 'Response: Success\r\nMessage: Authentication accepted\r\nValue: 1\r\n';
}

/** A telephone system whose dialer has always ended when somebody looks. */
const startSystem = () =>
  startLoopbackServer(async (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const body = String(await wholeBody(request));
    if (request.url === '/rawman') {
      response.writeHead(200, { 'set-cookie': 'mansession_id="5a31447c"; Version=1; Max-Age=60' });
      return response.end(answerTo(new URLSearchParams(body)));
    }
    response.writeHead(request.method === 'POST' ? 200 : 404);
    return response.end(JSON.stringify({ id: 'discador-7', message: 'Channel not found' }));
  });

let host: TestHost;
let system: LoopbackServer;
beforeAll(async () => {
  system = await startSystem();
  host = await startTestHost({
    secrets: { password: 'a-password' },
    document: {
      connections: {
        pabx: {
          adapter: 'asterisk',
          settings: {
            baseUrl: system.url,
            ari: { password: '${secret:password}' },
            ami: { password: '${secret:password}' },
          },
        },
      },
      features: { contactLoad: 'pabx', contactClear: 'pabx' },
    },
  });
});
afterAll(async () => {
  await host.stop();
  await system.close();
});

it('dialing that has ended by itself is started again, and is stopped when the mailing is deactivated', async () => {
  const contacts = [{ contactId: '1', phones: [{ areaCode: '41', number: '999998888' }] }];
  const { mailingId } = await jsonOf(
    await host.tenant('/mailings?queue=7', { json: contacts }),
    TakenShape,
  );
  await until(host, mailingId, isIn('active'));
  await vi.waitFor(() => expect(starts()).toBe(2), { timeout: 60_000, interval: 50 });
  await vi.waitFor(
    () =>
      expect(host.logged.join('\n')).toContain(
        'dialing had ended at the telephone system by itself',
      ),
    60_000,
  );

  await host.tenant(`/mailings/${mailingId}/deactivate`, { method: 'POST' });
  await until(host, mailingId, isIn('finished'));
  expect(asked.at(-1)).toBe('DELETE /ari/channels/discador-7');
  expect(starts()).toBe(2);
});
