import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCommandFolder } from '../../src/cli/command-folder.ts';

let place: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'folder-'));
});
afterEach(() => rm(place, { recursive: true, force: true }));

describe('the folder of a command', () => {
  it('lists, reads and removes what was written, and lets only owner and group read it', async () => {
    const folder = openCommandFolder(join(place, 'new'));
    expect(await folder.list()).toEqual([]);
    expect(await folder.read('a.conf')).toBeUndefined();
    await folder.write('a.conf', 'one\n');
    expect(await folder.read('a.conf')).toBe('one\n');
    expect((await stat(join(place, 'new', 'a.conf'))).mode & 0o777).toBe(0o640);
    expect(await readdir(join(place, 'new'))).toEqual(['a.conf']);
    await folder.remove('a.conf');
    expect(await folder.list()).toEqual([]);
  });

  it('keeps the mode of a file that it overwrites', async () => {
    await writeFile(join(place, 'b.conf'), 'old');
    await chmod(join(place, 'b.conf'), 0o600);
    await openCommandFolder(place).write('b.conf', 'new');
    expect(await readFile(join(place, 'b.conf'), 'utf8')).toBe('new');
    expect((await stat(join(place, 'b.conf'))).mode & 0o777).toBe(0o600);
  });

  it.runIf(process.getuid?.() === 0)(
    'keeps the owner of a file that it overwrites, because the server that reads the file may run as another user (as root only)',
    async () => {
      const file = join(place, 'b.conf');
      await writeFile(file, 'old');
      await chown(file, 10_088, 10_089);
      await openCommandFolder(place).write('b.conf', 'new');
      expect(await stat(file)).toMatchObject({ uid: 10_088, gid: 10_089 });
    },
  );

  it('keeps every byte of a file that is not UTF-8', async () => {
    const file = join(place, 'b.conf');
    const bytes = Buffer.from('; telefonia de São Paulo\n', 'latin1');
    await writeFile(file, bytes);
    const folder = openCommandFolder(place);
    await folder.write('b.conf', `${await folder.read('b.conf')}; more\n`);
    expect(await readFile(file)).toEqual(Buffer.concat([bytes, Buffer.from('; more\n')]));
  });

  it('names a file that it cannot remove, and says what to do', async () => {
    await mkdir(join(place, 'b.conf'));
    await expect(openCommandFolder(place).remove('b.conf')).rejects.toThrow(
      /b\.conf: .*run the command as someone who may/,
    );
  });

  it('writes to the target of a symbolic link, and keeps the link', async () => {
    await writeFile(join(place, 'real'), 'old');
    await symlink('real', join(place, 'b.conf'));
    await openCommandFolder(place).write('b.conf', 'new');
    expect(await readFile(join(place, 'real'), 'utf8')).toBe('new');
    expect(await readlink(join(place, 'b.conf'))).toBe('real');
    expect(await readdir(place)).toEqual(['b.conf', 'real']);
  });

  it.each(['../x', 'a/b', '..', '.', ''])(
    'refuses the name %j, so that a command stays in its folder',
    async (name) => {
      await expect(openCommandFolder(place).write(name, 'x')).rejects.toThrow(
        'a command stays in its folder',
      );
    },
  );
});
