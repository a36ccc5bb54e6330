import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
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

/** The requests that a page names, without their query: `GET …/calls/{callId}`. */
const requestsOf = (page: string) =>
  [
    ...readFileSync(root + page, 'utf8').matchAll(
      /\b(GET|POST|PUT|DELETE) ((?:…|\/v1|\/telephony-proxy)\/[^`\s?|,;)*]+)/g,
    ),
  ].map(([, method = '', path = '']): [string, string] => [
    method,
    path.replace(/^…/, '/v1/tenants/{tenant}').replace(/[.:…]+$/, ''),
  ]);

describe('requests that the docs name', () => {
  it('exist in the OpenAPI document', async () => {
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
    // "COMMAND" stands for any of the commands that the page lists.
    const strange = named.filter(
      ({ request }) => !known.some((each) => each.test(request.replace('COMMAND', 'pause'))),
    );
    expect(strange).toEqual([]);
  });
});

describe('the example of a CRM that opens screens', () => {
  let port: number;
  let crm: ReturnType<typeof startCrm>;
  const startCrm = () =>
    spawn(process.execPath, ['docs/examples/crm/screens.mjs'], {
      cwd: root,
      env: { TELEPHONY_URL: host.url, TELEPHONY_KEY: adminKey, SCREENS_PORT: String(port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
  beforeAll(async () => {
    port = await freePort();
    crm = startCrm();
    await once(crm.stdout, 'data');
    const follows = async () => {
      if ((await openStreams()) !== 1) throw new Error('it does not follow the host yet');
    };
    await vi.waitFor(follows, 20_000);
  });
  afterAll(async () => {
    crm.kill();
    await once(crm, 'exit');
  });

  const ask = (cookie: string, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${port}/`, { headers: { cookie, ...headers } });
  async function openScreen(cookie: string, headers?: Record<string, string>) {
    const { body } = await ask(cookie, headers);
    const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
    return { read: async () => (await reader?.read())?.value, close: () => reader?.cancel() };
  }
  const answer = (call: string, extension: string) =>
    fetch(
      `${host.url}/telephony-proxy/atendimentodiscador?pid=7001&num=41999998888&cid=${call}&ramal=${extension}&empresaId=1042`,
    );

  it('shows an answered call on the screen of its operator and on no other, and refuses a screen without a session', async () => {
    expect((await ask('session=of-nobody')).status).toBe(401);
    const [ana, rui] = [await openScreen('session=ana'), await openScreen('session=rui')];
    await ana.read();
    await rui.read();
    await answer('c-1', '1001');
    await answer('c-2', '1002');
    expect(await ana.read()).toContain('"callId":"c-1"');
    expect(await rui.read()).toContain('"callId":"c-2"');
    await Promise.all([ana.close(), rui.close()]);
  });

  it('shows a screen that reconnects the calls it has missed, and a new screen none of them', async () => {
    const [ana, rui] = [await openScreen('session=ana'), await openScreen('session=rui')];
    await ana.read();
    await rui.read();
    await answer('c-3', '1001');
    const place = /^id: (\d+)$/m.exec((await ana.read()) ?? '')?.[1] ?? '';
    await ana.close();
    await answer('c-4', '1001');
    // Calls come in order: once c-5 is shown, c-4 has been passed on.
    await answer('c-5', '1002');
    expect(await rui.read()).toContain('"callId":"c-5"');
    const back = await openScreen('session=ana', { 'last-event-id': place });
    expect(await back.read()).toMatch(/^id: \d+\ndata: .*"callId":"c-4".*\n\n(id: \d+\n\n)?$/);
    const fresh = await openScreen('session=ana');
    expect(await fresh.read()).toMatch(/^id: \d+\n\n$/);
    await Promise.all([rui.close(), back.close(), fresh.close()]);
  });

  const openStreams = async () => {
    const metrics = await (await fetch(`${host.url}/metrics`)).text();
    return Number(/^telephony_event_streams (\d+)/m.exec(metrics)?.[1]);
  };
});
