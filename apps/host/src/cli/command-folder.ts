import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CommandError, type CommandFolder } from '@finaz-telephony/core';
import { platformCode } from '../platform-code.ts';
import { messageOf } from '../thrown.ts';

const isMissing = (error: unknown) => platformCode(error) === 'ENOENT';

/** Gives a command of an adapter access to one folder on this machine. */
export function openCommandFolder(path: string): CommandFolder {
  const place = (name: string) => {
    if (name !== basename(name) || name === '.' || name === '..' || name === '')
      throw new CommandError(
        `${JSON.stringify(name)} is not a plain file name: a command stays in its folder`,
      );
    return join(path, name);
  };
  /** Files that are not UTF-8, as on older servers. They are read and written as Latin-1, so that bytes that the command does not change stay the same. */
  const notUnicode = new Set<string>();
  return {
    async list() {
      try {
        const entries = await readdir(path, { withFileTypes: true });
        return entries
          .filter((entry) => !entry.isDirectory())
          .map(({ name }) => name)
          .toSorted();
      } catch (error) {
        if (isMissing(error)) return [];
        throw unusable(path, error);
      }
    },
    async read(name) {
      try {
        const bytes = await readFile(place(name));
        if (isUtf8(bytes)) return bytes.toString('utf8');
        notUnicode.add(name);
        return bytes.toString('latin1');
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw unusable(join(path, name), error);
      }
    },
    async write(name, text) {
      const target = place(name);
      try {
        await mkdir(path, { recursive: true });
        const encoding = notUnicode.has(name) ? 'latin1' : 'utf8';
        await replace(await linkTarget(target), Buffer.from(text, encoding));
      } catch (error) {
        throw unusable(target, error);
      }
    },
    async remove(name) {
      const target = place(name);
      try {
        await rm(target, { force: true });
      } catch (error) {
        throw unusable(target, error);
      }
    },
  };
}

/** Replaces a file atomically. An existing file keeps its owner and mode, so that its service can still read it. A new one may contain passwords. */
async function replace(target: string, content: Uint8Array): Promise<void> {
  const before = await statOf(target);
  const draft = `${target}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    await writeFile(draft, content, { mode: 0o640, flag: 'wx' });
    if (before) {
      await chown(draft, before.uid, before.gid);
      await chmod(draft, before.mode & 0o777);
    }
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function statOf(target: string): Promise<Stats | undefined> {
  try {
    return await stat(target);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Resolves a symbolic link, so that its target is replaced and not the link. */
async function linkTarget(target: string): Promise<string> {
  try {
    return await realpath(target);
  } catch (error) {
    if (isMissing(error)) return target;
    throw error;
  }
}

function unusable(path: string, error: unknown): CommandError {
  if (CommandError.isInstance(error)) return error;
  return new CommandError(
    `${path}: ${messageOf(error)}; run the command as someone who may read and write there`,
  );
}
