import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import * as v from 'valibot';
import { readEnvironment } from '../../src/environment.ts';
import { createLogger } from '../../src/logger.ts';
import { serve } from '../../src/serve.ts';
import { createHostPlace } from '../support/host-place.ts';
import { jsonOf } from '../support/json.ts';
import { adminKey, startTestHost } from '../support/test-host.ts';

const ProblemShape = v.object({ code: v.string(), detail: v.string(), hint: v.string() });

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'finaz-tenants-'));
});
afterEach(() => rm(folder, { recursive: true }));

const write = (name: string, content: unknown, options: { readonly mode?: number } = {}) =>
  writeFile(join(folder, name), JSON.stringify(content), options);

const documentOf = (id: string, secret?: string) => ({
  id,
  name: `Company ${id}`,
  connections: {
    pabx: {
      adapter: 'generic-http',
      settings: {
        baseUrl: 'https://pbx.example',
        ...(secret !== undefined && { headers: { Authorization: `\${secret:${secret}}` } }),
      },
    },
  },
});

it('a company with a missing secret is refused with the reason, and the other companies are served', async () => {
  await write('1.json', documentOf('1', 'pbxToken'));
  await write('2.json', documentOf('2', 'pbxToken'));
  await write('secrets.json', { 2: { pbxToken: 'token-of-two' } }, { mode: 0o600 });
  const host = await startTestHost({ environment: { TENANTS: folder } });

  expect((await host.ask('/v1/tenants/2/calls')).status).toBe(200);
  expect((await host.tenant('/calls')).status).toBe(200);

  const told = host.logged.filter((line) => line.includes('"level":50'));
  expect(told).toHaveLength(1);
  expect(told[0]).toContain(join(folder, '1.json'));
  expect(told[0]).toContain('secret \\"pbxToken\\" is not set');
  expect(told[0]).toContain('"tenant":"1"');

  const refused = await host.ask('/v1/tenants/1/calls');
  expect(refused.status).toBe(422);
  const problem = await jsonOf(refused, ProblemShape);
  expect(problem.code).toBe('invalid_config');
  expect(problem.detail).toContain('secret "pbxToken" is not set');
  expect(problem.hint).toContain('apply');
  await host.stop();
});

const headers = { Authorization: `Bearer ${adminKey}` };

/** What the API tells of documents that were not applied. */
async function toldOf({ url }: { readonly url: string }) {
  const ask = (path: string) => fetch(`${url}/v1/tenants${path}`, { headers });
  const list = await jsonOf(await ask(''), v.looseObject({ notApplied: v.unknown() }));
  const versions = await jsonOf(
    await ask('/1/versions'),
    v.looseObject({ notApplied: v.unknown() }),
  );
  return {
    list: list.notApplied,
    versions: versions.notApplied,
    header: (await ask('/1')).headers.get('Not-Applied'),
  };
}

it('a company whose new version lacks a secret is served by its stored version, which the log and the API say after each start', async () => {
  const place = await createHostPlace();
  onTestFinished(place.remove);
  const variables = {
    PORT: '0',
    DRAIN_SECONDS: '0',
    ADMIN_KEY: adminKey,
    TENANTS: folder,
    ...place.variables,
  };
  const start = async () => {
    const logged: string[] = [];
    const logger = createLogger('error', { write: (line) => void logged.push(line) });
    const { url, stop } = await serve(readEnvironment(variables), logger);
    return { url, stop, logged };
  };
  await write('1.json', documentOf('1'));
  const before = await start();
  expect(await toldOf(before)).toEqual({ list: [], versions: null, header: null });
  await before.stop();

  await write('1.json', documentOf('1', 'pbxToken'));
  // Told after each start.
  for (const _ of ['the next', 'the one after']) {
    const host = await start();
    expect(host.logged).toHaveLength(1);
    expect(host.logged[0]).toContain('served by version 1');
    const told = {
      id: '1',
      file: '1.json',
      servedVersion: 1,
      issues: [expect.stringContaining('secret "pbxToken" is not set')],
    };
    expect(await toldOf(host)).toEqual({
      list: [told],
      versions: told,
      header: '/v1/tenants/1/versions',
    });
    await host.stop();
  }
});

it('a company is no longer listed as not applied once a document of it is saved', async () => {
  await write('1.json', documentOf('1', 'pbxToken'));
  const host = await startTestHost({ environment: { TENANTS: folder } });
  expect(await toldOf(host)).toMatchObject({ list: [{ id: '1', servedVersion: null }] });
  await host.ask('/v1/tenants/1', { method: 'PUT', json: documentOf('1') });
  expect(await toldOf(host)).toEqual({ list: [], versions: null, header: null });
  await host.stop();
});

it('a company with a missing secret is served as soon as the secret is set and the document saved', async () => {
  await write('1.json', documentOf('1', 'pbxToken'));
  const host = await startTestHost({ environment: { TENANTS: folder } });
  expect((await host.ask('/v1/tenants/1/calls')).status).toBe(422);
  await host.ask('/v1/tenants/1/secrets/pbxToken', { method: 'PUT', json: { value: 'token-1' } });
  const json = documentOf('1', 'pbxToken');
  await host.ask('/v1/tenants/1?check=skip', { method: 'PUT', json });
  expect((await host.ask('/v1/tenants/1/calls')).status).toBe(200);
  await host.stop();
});

it('a mistake in a tenant document of the folder ends the start, and the error names the file', async () => {
  await write('1.json', { ...documentOf('1', 'pbxToken'), nmae: 'x' });
  await expect(startTestHost({ environment: { TENANTS: folder } })).rejects.toThrow(
    join(folder, '1.json'),
  );
});

it('a secret with which the webhook could sign nothing is not taken from the folder: the company keeps what it has', async () => {
  const place = await createHostPlace();
  onTestFinished(place.remove);
  const inbound = { webhook: { url: 'https://crm.example/hook', secret: '${secret:hook}' } };
  const variables = {
    PORT: '0',
    DRAIN_SECONDS: '0',
    ADMIN_KEY: adminKey,
    TENANTS: folder,
    ...place.variables,
  };
  const startWith = async (hook: string) => {
    await write('secrets.json', { 1: { hook } }, { mode: 0o600 });
    const logged: string[] = [];
    const logger = createLogger('error', { write: (line) => void logged.push(line) });
    const { url, stop } = await serve(readEnvironment(variables), logger);
    const { list } = await toldOf({ url });
    await stop();
    return { list, logged };
  };
  await write('1.json', { ...documentOf('1'), inbound });
  expect(await startWith('whsec_YWJjZA==')).toEqual({ list: [], logged: [] });
  // It is refused again, so it was not stored.
  for (const _ of ['the next', 'the one after']) {
    const { list, logged } = await startWith('whsec_no-base64');
    const issues = [expect.stringMatching(/^1\.hook: .*inbound\.webhook\.secret.*must be base64/)];
    expect(list).toEqual([{ id: '1', file: 'secrets.json', servedVersion: 1, issues }]);
    expect(logged).toHaveLength(1);
    expect(logged[0]).toContain('a secret was not set');
    expect(logged[0]).not.toContain('no-base64');
  }
});
