import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder in which the package `acme-adapter` is installed, an adapter `acme` that takes any settings. @param create the source of its `create` */
export async function folderWithAdapter(create: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'finaz-adapter-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const place = join(folder, 'node_modules', 'acme-adapter');
  await mkdir(place, { recursive: true });
  const manifest = { name: 'acme-adapter', type: 'module', exports: './index.js' };
  await writeFile(join(place, 'package.json'), JSON.stringify(manifest));
  const settings = `{ kind: 'schema', type: 'any', '~run': (dataset) => ({ ...dataset, typed: true }) }`;
  await writeFile(
    join(place, 'index.js'),
    `export default { specificationVersion: 'v1', id: 'acme', name: 'Acme', settings: ${settings}, create: ${create} };`,
  );
  return folder;
}
