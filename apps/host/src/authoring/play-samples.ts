import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { bundledAdapters } from '../adapters.ts';
import { StartError } from '../environment.ts';
import { readNamedText } from '../named-file.ts';
import { buildConnection } from '../tenants/build-tenant.ts';
import { readTenantFile } from '../tenants/read-tenant-file.ts';
import { secretPlaceholder } from '../tenants/secret-references.ts';
import { draftFiles } from './draft-files.ts';
import { playSample, SamplesSchema, type Sample } from './samples.ts';

type Exchanged = Pick<Sample, 'exchanges' | 'result'>;

/** A saved sample next to what the document makes of it now. */
export interface PlayedSample {
  readonly connection: string;
  readonly feature: Sample['feature'];
  readonly kept: Exchanged;
  readonly played: Exchanged;
}

/**
 * Plays the samples of a folder (`test/exchanges.json`) against its tenant document (`tenant.yaml`): each feature is given its input and the kept replies.
 * Nothing is sent; the name of each secret is used in place of its value.
 *
 * @throws {StartError} if a file is missing or wrong
 */
export async function playSamples(folder: string | URL): Promise<readonly PlayedSample[]> {
  const path = typeof folder === 'string' ? folder : fileURLToPath(folder);
  const file = join(path, draftFiles.document);
  const adapters = new Map(bundledAdapters.map((adapter) => [adapter.id, adapter]));
  const { connections, timezone } = await readTenantFile(file, adapters);
  const { samples } = v.parse(
    SamplesSchema,
    JSON.parse(await readNamedText(join(path, draftFiles.samples))),
  );
  const played: PlayedSample[] = [];
  for (const sample of samples) {
    const { connection, feature, exchanges, result } = sample;
    const settings = connections[connection];
    const built =
      settings && buildConnection(connection, settings, { adapters, lookup: secretPlaceholder });
    if (!built)
      throw new StartError(`${file}: has no connection "${connection}", which a sample uses`);
    played.push({
      connection,
      feature,
      kept: { exchanges, result },
      played: await playSample(built, timezone, sample),
    });
  }
  return played;
}
