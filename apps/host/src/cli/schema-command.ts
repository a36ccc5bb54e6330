import process from 'node:process';
import { defineCommand } from 'citty';
import { readEnvironment } from '../environment.ts';
import { tenantJsonSchema } from '../tenants/tenant-json-schema.ts';
import { adaptersHere, guarded, print } from './command-line.ts';

export const schemaCommand = defineCommand({
  meta: {
    name: 'schema',
    description:
      'Print the JSON Schema of tenant documents with the settings of all adapters here, for completion and checks in an editor',
  },
  run: guarded(async () => {
    const adapters = await adaptersHere(readEnvironment(process.env));
    print(JSON.stringify(tenantJsonSchema(adapters), undefined, 2));
  }),
});
