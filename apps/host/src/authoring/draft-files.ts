import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { StartError } from '../environment.ts';
import type { DraftFolder } from './earlier-draft.ts';
import type { Imported } from './import-curl.ts';

/** What an import leaves in its folder, which may be one that `TENANTS` names: the samples stand where no document is looked for. */
export const draftFiles = {
  document: 'tenant.yaml',
  secrets: 'secrets.yaml',
  samples: 'test/exchanges.json',
  test: 'test/connection.test.ts',
} as const;

const test = `import { playSamples } from '@finaz-telephony/host';
import { describe, expect, it } from 'vitest';

/** exchanges.json has what each feature sends and what is made of its reply: where tenant.yaml changes that, look whether it was meant. */
describe('the connection', async () => {
  const samples = await playSamples(new URL('../', import.meta.url));

  it.each(samples)('does $feature as its sample', ({ kept, played }) => {
    expect(played).toEqual(kept);
  });
});
`;

/**
 * Writes document, secrets (mode 600), samples and test. Where an earlier command was imported into the folder, this one is added to it.
 *
 * @throws {StartError} where the folder cannot be written
 */
export async function writeDraft(
  folder: string,
  { document, yaml, notes, sample }: Imported,
  earlier: DraftFolder | undefined,
): Promise<readonly string[]> {
  const values = Object.fromEntries([
    ...Object.entries(earlier?.secrets ?? {}),
    ...notes.secrets.flatMap(({ name, value }) =>
      value === undefined || value === '' ? [] : [[name, value] as const],
    ),
  ]);
  const samples = [...(earlier?.samples ?? []), sample];
  const files: readonly (readonly [name: string, content: string, mode: number])[] = [
    [draftFiles.document, yaml, 0o644],
    ...(Object.keys(values).length > 0
      ? [
          [
            draftFiles.secrets,
            stringify({ [document.id]: values }, { lineWidth: 0 }),
            0o600,
          ] as const,
        ]
      : []),
    [draftFiles.samples, `${JSON.stringify({ samples }, undefined, 2)}\n`, 0o644],
    ...(earlier ? [] : [[draftFiles.test, test, 0o644] as const]),
  ];
  try {
    await mkdir(join(folder, dirname(draftFiles.samples)), { recursive: true });
    for (const [name, content, mode] of files) {
      await writeFile(join(folder, name), content, { mode, flag: earlier ? 'w' : 'wx' });
      // The mode of a file that was there is kept by writing.
      if (name === draftFiles.secrets) await chmod(join(folder, name), mode);
    }
  } catch (error) {
    throw new StartError(
      `${folder}: cannot be written (${error instanceof Error ? error.message : String(error)}); choose another folder with --out`,
    );
  }
  return files.map(([name]) => join(folder, name));
}
