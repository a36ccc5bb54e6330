import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jsonOf } from '../support/json.ts';
import { freePort } from '../../checks/host-process.ts';
import { adminKey, startTestHost, type TestHost } from '../support/test-host.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const pages = globSync('{README.md,docs/*.md,{packages,adapters,apps}/*/README.md}', { cwd: root });
const Paths = v.object({ paths: v.record(v.string(), v.record(v.string(), v.unknown())) });

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost();
});
afterAll(() => host.stop());

/** What a page says that the host is asked: `GET …/calls/{callId}`, without its query. */
const requestsOf = (page: string) =>
  [
    ...readFileSync(root + page, 'utf8').matchAll(
      /\b(GET|POST|PUT|DELETE) ((?:…|\/v1|\/telephony-proxy)\/[^`\s?|,;)*]+)/g,
    ),
  ].map(([, method = '', path = '']): [string, string] => [
    method,
    path.replace(/^…/, '/v1/tenants/{tenant}').replace(/[.:…]+$/, ''),
  ]);

describe('requests that pages name', () => {
  it('are there', async () => {
    const { paths } = await jsonOf(await host.ask('/openapi.json'), Paths);
    const known = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map(
        (method) => new RegExp(`^${method} ${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`, 'i'),
      ),
    );
    const named = pages.flatMap((page) =>
      requestsOf(page).map(([method, path]) => ({ page, request: `${method} ${path}` })),
    );
    expect(named.length).toBeGreaterThan(40);
    // "COMMAND" is one of those that the page lists.
    const strange = named.filter(
      ({ request }) => !known.some((each) => each.test(request.replace('COMMAND', 'pause'))),
    );
    expect(strange).toEqual([]);
  });
});

describe('the example of a CRM that opens screens', () => {
  it('shows a call on the screens of its operator, and on no other', async () => {
    const port = await freePort();
    const crm = spawn(process.execPath, ['docs/examples/crm/screens.mjs'], {
      cwd: root,
      env: { TELEPHONY_URL: host.url, TELEPHONY_KEY: adminKey, SCREENS_PORT: String(port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await once(crm.stdout, 'data');
      const ask = (cookie: string) => fetch(`http://127.0.0.1:${port}/`, { headers: { cookie } });
      expect((await ask('session=of-nobody')).status).toBe(401);
      const openScreen = async (cookie: string) => {
        const { body } = await ask(cookie);
        return body?.pipeThrough(new TextDecoderStream()).getReader();
      };
      const [ana, rui] = [await openScreen('session=ana'), await openScreen('session=rui')];
      await ana?.read();
      await rui?.read();
      await expect.poll(() => openStreams()).toBe(1);
      for (const [call, extension] of [
        ['c-1', '1001'],
        ['c-2', '1002'],
      ]) {
        const query = `pid=7001&num=41999998888&cid=${call}&ramal=${extension}&empresaId=1042`;
        await fetch(`${host.url}/telephony-proxy/atendimentodiscador?${query}`);
      }
      expect((await ana?.read())?.value).toContain('"callId":"c-1"');
      expect((await rui?.read())?.value).toContain('"callId":"c-2"');
    } finally {
      crm.kill();
      await once(crm, 'exit');
    }
  });

  const openStreams = async () => {
    const metrics = await (await fetch(`${host.url}/metrics`)).text();
    return Number(/^telephony_event_streams (\d+)/m.exec(metrics)?.[1]);
  };
});
