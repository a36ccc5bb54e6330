import { readFileSync, realpathSync } from 'node:fs';
import { createRequire, findPackageJSON } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Whether a package is installed where the host was started, whatever it contains. */
export function isInstalled(packageName: string, folder: string): boolean {
  return manifestOf(packageName, folder) !== undefined;
}

/** The folder of a package, links resolved, with a trailing separator; `undefined` if it is not installed. */
export function folderOf(packageName: string, folder: string): string | undefined {
  const manifest = manifestOf(packageName, folder);
  return manifest === undefined ? undefined : join(dirname(realpathSync(manifest)), sep);
}

function manifestOf(packageName: string, folder: string): string | undefined {
  try {
    return findPackageJSON(packageName, baseOf(folder));
  } catch {
    return undefined;
  }
}

const baseOf = (folder: string) => pathToFileURL(join(folder, 'package.json'));

/**
 * The file that `import` would load for a package. The platform's own resolution from another folder uses `require`, for which most current packages have
 * no entry.
 *
 * @throws {Error} if there is none
 */
export function entryOf(packageName: string, folder: string): string {
  const manifest = manifestOf(packageName, folder);
  const read: unknown = manifest && JSON.parse(readFileSync(manifest, 'utf8'));
  const entry = isObject(read) ? entryIn(read['exports']) : undefined;
  return manifest !== undefined && entry !== undefined
    ? join(dirname(manifest), entry)
    : createRequire(baseOf(folder)).resolve(packageName);
}

/** The first condition that applies decides, in the order written. */
function entryIn(exported: unknown): string | undefined {
  if (typeof exported === 'string') return exported;
  if (!isObject(exported)) return undefined;
  if ('.' in exported) return entryIn(exported['.']);
  for (const [condition, target] of Object.entries(exported)) {
    if (!/^(?:node|import|module-sync|default)$/.test(condition)) continue;
    const entry = entryIn(target);
    if (entry !== undefined) return entry;
  }
  return undefined;
}
