import type * as Fs from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { loadHostKeys } from '../../src/store/master-keys.ts';
import { makeFolder } from '../../src/store/make-folder.ts';

/** What was done to the disk, in order. */
const done: string[] = [];
const refusals: NodeJS.ErrnoException[] = [];
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof Fs>();
  const opened = new Map<number, string>();
  return {
    ...fs,
    mkdirSync(path: string, options: Fs.MakeDirectoryOptions) {
      fs.mkdirSync(path, options);
      done.push(`make ${path}`);
    },
    linkSync(from: string, to: string) {
      fs.linkSync(from, to);
      done.push(`link ${to}`);
    },
    openSync(path: string, flags: string) {
      const file = fs.openSync(path, flags);
      opened.set(file, path);
      return file;
    },
    fsyncSync(file: number) {
      const refusal = refusals.shift();
      if (refusal) throw refusal;
      fs.fsyncSync(file);
      done.push(`sync ${opened.get(file)}`);
    },
  };
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'finaz-sync-folder-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  done.length = 0;
  refusals.length = 0;
});
const keysIn = (dataDir: string) =>
  loadHostKeys({ dataDir, masterKey: undefined, adminKey: undefined });
const refuse = (code: string) => refusals.push(Object.assign(new Error(code), { code }));

it('the name of a new key file is synced to the disk before anything is encrypted, because no secret opens without the file', () => {
  keysIn(folder);
  expect(done).toEqual([`link ${join(folder, 'keys.json')}`, `sync ${folder}`]);
});

it('the name of an existing key file is synced, too, because the process that made the file may have ended before', () => {
  keysIn(folder);
  done.length = 0;
  keysIn(folder);
  expect(done).toEqual([`sync ${folder}`]);
});

it('the name of each new folder is synced to the disk, from the outermost to the innermost', () => {
  const outer = join(folder, 'outer');
  const inner = join(outer, 'inner');
  makeFolder(inner);
  expect(done).toEqual([`make ${outer}`, `sync ${folder}`, `make ${inner}`, `sync ${outer}`]);
});

it('a file system that cannot sync folders is accepted, but a failing disk is not', () => {
  refuse('EINVAL');
  const keys = keysIn(folder);
  refuse('EIO');
  expect(() => keysIn(folder)).toThrow('EIO');
  expect(keysIn(folder).masterKeys).toEqual(keys.masterKeys);
});
