import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StartError } from '../environment.ts';
import { messageOf } from '../thrown.ts';
import { readDraftSecrets } from './draft-secrets.ts';
import type { DraftFolder } from './earlier-draft.ts';
import type { Imported } from './import-curl.ts';

/** The files of an import. `TENANTS` may name their folder: the host reads every YAML or JSON file directly in it as a document, so samples are below it. */
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
 * Writes document, secrets (mode 600), samples and test. If an earlier command was imported into the folder, the new one is added to its files.
 *
 * @throws {StartError} if the folder cannot be written, or if a file in it would be overwritten; in the second case nothing has been written
 */
export async function writeDraft(
  folder: string,
  { document, yaml, notes, sample }: Imported,
  earlier: DraftFolder | undefined,
): Promise<readonly string[]> {
  const values = Object.fromEntries(
    notes.secrets.flatMap(({ name, value }) =>
      value === undefined || value === '' ? [] : [[name, value] as const],
    ),
  );
  const secrets = await readDraftSecrets(join(folder, draftFiles.secrets));
  const samples = [...(earlier?.samples ?? []), sample];
  const files: readonly (readonly [name: string, content: string, mode: number])[] = [
    [draftFiles.document, yaml, 0o644],
    ...(Object.keys(values).length > 0
      ? [[draftFiles.secrets, secrets.with(document.id, values), 0o600] as const]
      : []),
    [draftFiles.samples, `${JSON.stringify({ samples }, undefined, 2)}\n`, 0o644],
    ...(earlier ? [] : [[draftFiles.test, test, 0o644] as const]),
  ];
  const lost = files.find(
    ([name]) => !earlier && name !== draftFiles.secrets && existsSync(join(folder, name)),
  );
  if (lost)
    throw new StartError(
      `${join(folder, lost[0])}: is there already, without a ${draftFiles.document} that it belongs to; choose another folder with --out`,
    );
  const before = secrets.of(document.id);
  const other = Object.keys(values).find((name) => (before[name] ?? values[name]) !== values[name]);
  if (other !== undefined)
    throw new StartError(
      `${join(folder, draftFiles.secrets)}: has another ${other} of company ${document.id}; choose another folder with --out, or another name with --connection`,
    );
  try {
    await mkdir(join(folder, dirname(draftFiles.samples)), { recursive: true });
    for (const [name, content, mode] of files) {
      await writeFile(join(folder, name), content, { mode });
      // writeFile keeps the mode of a file that already exists.
      if (name === draftFiles.secrets) await chmod(join(folder, name), mode);
    }
  } catch (error) {
    throw new StartError(
      `${folder}: cannot be written (${messageOf(error)}); choose another folder with --out`,
    );
  }
  return files.map(([name]) => join(folder, name));
}
