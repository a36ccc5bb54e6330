import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AdapterDefinition } from '@finaz-telephony/core';
import * as v from 'valibot';
import { describe, expect, it, onTestFinished } from 'vitest';
import { installAdapter, installAdapters } from '../../src/tenants/installed-adapter.ts';

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

describe('an adapter package', () => {
  const good = source('() => ({ features: {} })');

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

  it('that is broken is not told to be installed', async () => {
    const folder = await folderWith({ 'acme-adapter': [{ exports: './gone.js' }, good] });
    await expect(installAdapters([], ['acme-adapter'], folder)).rejects.toThrow(
      /^environment ADAPTERS: acme-adapter: cannot be loaded .*; it is installed, but broken/,
    );
    await expect(installAdapters([], ['other-adapter'], folder)).rejects.toThrow(
      'run "npm install other-adapter" there',
    );
  });
});

describe('a defect of an adapter', () => {
  const issuesOf = (create: () => unknown) => {
    const definition = { specificationVersion: 'v1', id: 'acme', name: 'Acme', create };
    const settings: v.GenericSchema = v.strictObject({});
    // As a package brings it that was written without types.
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
  ])('is told as an issue of the document: %s', (fault, create) => {
    const [message, ...others] = issuesOf(create);
    expect(message).toContain(`the adapter "acme" has a defect: ${fault}`);
    expect(message).not.toContain('s3cret');
    expect(others).toEqual([]);
  });
});
