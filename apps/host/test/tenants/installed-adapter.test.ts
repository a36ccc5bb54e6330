import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AdapterDefinition } from '@finaz-telephony/core';
import * as v from 'valibot';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { installAdapters } from '../../src/tenants/install-adapters.ts';
import { installAdapter } from '../../src/tenants/installed-adapter.ts';

const source = (create: string) => `export default {
  specificationVersion: 'v1', id: 'acme', name: 'Acme', create: ${create},
  settings: { kind: 'schema', type: 'any', '~run': (dataset) => ({ ...dataset, typed: true }) },
};`;

/** A folder in which packages are installed: by name, each with its manifest and its one file. */
async function folderWith(packages: Readonly<Record<string, readonly [object, string]>>) {
  const folder = await mkdtemp(join(tmpdir(), 'finaz-adapters-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, [manifest, code]] of Object.entries(packages)) {
    const place = join(folder, 'node_modules', name);
    await mkdir(place, { recursive: true });
    const all = { name, type: 'module', ...manifest };
    await writeFile(join(place, 'package.json'), JSON.stringify(all));
    await writeFile(join(place, 'index.js'), code);
  }
  return folder;
}

const good = source('() => ({ features: {} })');

describe('an adapter package', () => {
  it.each([
    ['an entry', { exports: './index.js' }],
    [
      'an entry for import alone',
      { exports: { '.': { types: './x.d.ts', import: './index.js' } } },
    ],
    ['an entry for everybody', { exports: { require: './x.cjs', default: './index.js' } }],
    ['no exports', { main: 'index.js' }],
  ])('with %s is found', async (_what, manifest) => {
    const folder = await folderWith({ 'acme-adapter': [manifest, good] });
    expect((await installAdapters([], ['acme-adapter'], folder)).has('acme')).toBe(true);
  });

  it('that cannot be loaded is reported as broken if it is installed, and otherwise with the npm command that installs it', async () => {
    const folder = await folderWith({ 'acme-adapter': [{ exports: './gone.js' }, good] });
    await expect(installAdapters([], ['acme-adapter'], folder)).rejects.toThrow(
      /^environment ADAPTERS: acme-adapter: cannot be loaded .*; it is installed, but broken/,
    );
    await expect(installAdapters([], ['other-adapter'], folder)).rejects.toThrow(
      'run "npm install other-adapter" there',
    );
  });
});

describe('an adapter package that cannot be used', () => {
  const manifest = { exports: './index.js' };
  const schema = (fields: string) =>
    `{ kind: 'schema', ${fields}, '~run': (dataset) => ({ ...dataset, typed: true }) }`;
  const definition = (fields: string) =>
    `export default { specificationVersion: 'v1', id: 'acme', name: 'Acme', settings: ${schema("type: 'any'")}, create: () => ({ features: {} }), ${fields} };`;
  const complaintOf = async (code: string) => {
    const folder = await folderWith({ 'acme-adapter': [manifest, code] });
    return installAdapters([], ['acme-adapter'], folder).then(
      () => 'no complaint',
      (error: unknown) => String(error),
    );
  };

  it.each([
    ['it has no default export; export default defineAdapter', 'export const adapter = {};'],
    ['(it is CommonJS, compiled from', 'export default { default: { id: 1 }, other: 2 };'],
    ['speaks version "v2" of the adapter contract', definition(`specificationVersion: 'v2'`)],
    [
      'this host speaks "v1"; update this host, or install an older version of the adapter',
      `export default { specificationVersion: 'v2', entirely: 'different' };`,
    ],
    [
      'speaks version "v0" of the adapter contract, this host speaks "v1"; install a newer version of the adapter',
      `export default { specificationVersion: 'v0', entirely: 'different' };`,
    ],
    ['("id" does not have 1 to 64 lower-case', definition(`id: 'Acme PBX'`)],
    [
      '("settings" is not the schema of an object; write v.strictObject',
      definition(`settings: ${schema("type: 'array'")}`),
    ],
    [
      '("settings" is an async schema',
      definition(`settings: ${schema("type: 'strict_object', async: true")}`),
    ],
    ['("commands" is not a list of { name', definition(`commands: [{ name: 'setup' }]`)],
    ['(reading it threw a RangeError)', definition(`get name() { throw new RangeError('x'); }`)],
  ])('is named in an error that says what is wrong: %s', async (complaint, code) => {
    const told = await complaintOf(code);
    expect(told).toContain('environment ADAPTERS: acme-adapter: ');
    expect(told).toContain(complaint);
  });

  it('is given up after 10 s if it never finishes loading, so that the host can report it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const told = complaintOf('await new Promise(() => undefined); export default {};');
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1), 30_000);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await told).toContain('it has not loaded within 10 s');
  });

  it('is named together with the other package if both have the same adapter id; a package listed twice is no such clash', async () => {
    const folder = await folderWith({
      'acme-adapter': [manifest, good],
      'acme-adapter-too': [manifest, good],
    });
    await expect(installAdapters([], ['acme-adapter', 'acme-adapter-too'], folder)).rejects.toThrow(
      'two adapters have the id "acme", of acme-adapter and of acme-adapter-too',
    );
    const twice = await installAdapters([], ['acme-adapter', 'acme-adapter'], folder);
    expect(twice.has('acme')).toBe(true);
  });
});

describe('a defect of an adapter', () => {
  const issuesOf = (create: () => unknown) => {
    const definition = { specificationVersion: 'v1', id: 'acme', name: 'Acme', create };
    const settings: v.GenericSchema = v.strictObject({});
    // What a package may export that was written without types.
    const untyped: unknown = { ...definition, settings };
    const isDefinition = (value: unknown): value is AdapterDefinition => value === untyped;
    if (!isDefinition(untyped)) throw new Error('never');
    return installAdapter(untyped)
      .create({})
      .issues.map(({ message }) => message);
  };

  it.each([
    ['create() gave a Promise', () => Promise.resolve({ features: {} })],
    ['create() gave something without "features"', () => null],
    ['create() gave something without "features"', () => ({})],
    ['the feature "click2call" is not a function', () => ({ features: { click2call: {} } })],
    [
      'the feature "contactLoad" has no function "send"',
      () => ({ features: { contactLoad: () => undefined } }),
    ],
    [
      'create() threw a TypeError, not a SettingsError',
      () => {
        throw new TypeError('the token s3cret');
      },
    ],
  ])(
    'is reported as an issue of the document, without the text of the error: %s',
    (fault, create) => {
      const [message, ...others] = issuesOf(create);
      expect(message).toContain(`the adapter "acme" has a defect: ${fault}`);
      expect(message).not.toContain('s3cret');
      expect(others).toEqual([]);
    },
  );
});
