import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CommandError, type CommandFolder } from '@finaz-telephony/core';

const isMissing = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** One folder on this machine, for a command of an adapter. */
export function openCommandFolder(path: string): CommandFolder {
  const place = (name: string) => {
    if (name !== basename(name) || name === '.' || name === '..' || name === '')
      throw new CommandError(
        `${JSON.stringify(name)} is not a plain file name: a command stays in its folder`,
      );
    return join(path, name);
  };
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
        return await readFile(place(name), 'utf8');
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw unusable(join(path, name), error);
      }
    },
    async write(name, text) {
      const target = place(name);
      try {
        await mkdir(path, { recursive: true });
        const draft = `${target}.${randomUUID().slice(0, 8)}.tmp`;
        await writeFile(draft, text, { mode: await modeOf(target), flag: 'wx' });
        await rename(draft, target);
      } catch (error) {
        throw unusable(target, error);
      }
    },
    async remove(name) {
      await rm(place(name), { force: true });
    },
  };
}

/** A file that is there keeps its mode; a new one may hold passwords. */
async function modeOf(target: string): Promise<number> {
  try {
    return (await stat(target)).mode & 0o777;
  } catch (error) {
    if (isMissing(error)) return 0o640;
    throw error;
  }
}

function unusable(path: string, error: unknown): CommandError {
  if (CommandError.isInstance(error)) return error;
  return new CommandError(
    `${path}: ${error instanceof Error ? error.message : String(error)}; run the command as someone who may read and write there`,
  );
}
