import { StartError } from '../environment.ts';
import type { InstalledAdapter } from './installed-adapter.ts';
import { loadAdapterPackage } from './load-adapter-package.ts';

/**
 * The bundled adapters and those of `packageNames`, by id.
 *
 * @throws {StartError} when a package cannot be loaded, or two adapters have one id
 */
export async function installAdapters(
  bundled: readonly InstalledAdapter[],
  packageNames: readonly string[],
  folder: string,
): Promise<ReadonlyMap<string, InstalledAdapter>> {
  const names = [...new Set(packageNames)];
  const loaded = await Promise.all(
    names.map(async (name) => ({ from: name, adapter: await loadAdapterPackage(name, folder) })),
  );
  const origins = new Map<string, string>();
  const byId = new Map<string, InstalledAdapter>();
  const ours = bundled.map((adapter) => ({ from: 'the host itself', adapter }));
  for (const { from, adapter } of [...ours, ...loaded]) {
    const other = origins.get(adapter.id);
    if (other !== undefined) {
      throw new StartError(
        `environment ADAPTERS: two adapters have the id "${adapter.id}", of ${other} and of ${from}; name one of the two only, or have its author change the id`,
      );
    }
    origins.set(adapter.id, from);
    byId.set(adapter.id, adapter);
  }
  // A document may also name an adapter by its package.
  for (const { from, adapter } of loaded) if (!byId.has(from)) byId.set(from, adapter);
  return byId;
}
