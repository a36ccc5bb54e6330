import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { StartError } from '../environment.ts';
import type { Imported } from './import-curl.ts';

/** What an import leaves in its folder. */
export const draftFiles = {
  document: 'tenant.yaml',
  secrets: 'secrets.yaml',
  samples: 'exchanges.json',
  test: 'connection.test.ts',
} as const;

const test = `import { playSamples } from '@finaz-telephony/host';
import { describe, expect, it } from 'vitest';

/** exchanges.json has what each feature sends and what its reply says: where tenant.yaml changes that, look whether it was meant. */
describe('the connection', async () => {
  const samples = await playSamples(new URL('./', import.meta.url));

  it.each(samples)('does $feature as its sample', ({ kept, played }) => {
    expect(played).toEqual(kept);
  });
});
`;

/**
 * Writes document, secrets (mode 600), sample and test. What is there is never overwritten.
 *
 * @throws {StartError} where a file is there already, or the folder cannot be written
 */
export async function writeDraft(
  folder: string,
  { document, yaml, notes, sample }: Imported,
): Promise<readonly string[]> {
  const values = notes.secrets.flatMap(({ name, value }) =>
    value === undefined || value === '' ? [] : [[name, value] as const],
  );
  const files: readonly (readonly [name: string, content: string, mode: number])[] = [
    [draftFiles.document, yaml, 0o644],
    ...(values.length > 0
      ? [
          [
            draftFiles.secrets,
            stringify({ [document.id]: Object.fromEntries(values) }, { lineWidth: 0 }),
            0o600,
          ] as const,
        ]
      : []),
    [draftFiles.samples, `${JSON.stringify({ samples: [sample] }, undefined, 2)}\n`, 0o644],
    [draftFiles.test, test, 0o644],
  ];
  try {
    await mkdir(folder, { recursive: true });
    for (const [name, content, mode] of files)
      await writeFile(join(folder, name), content, { mode, flag: 'wx' });
  } catch (error) {
    throw new StartError(
      `${folder}: cannot be written (${error instanceof Error ? error.message : String(error)}); choose a folder that is new with --out`,
    );
  }
  return files.map(([name]) => join(folder, name));
}
