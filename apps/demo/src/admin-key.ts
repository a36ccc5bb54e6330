import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '@finaz-telephony/host';

/** The admin key that the environment gives, otherwise the one that an earlier start has written into `keys.json`. */
export function adminKeyOf(environment: Environment): string {
  if (environment.adminKey !== undefined) return environment.adminKey;
  const keys: { adminKey: string } = JSON.parse(
    readFileSync(join(environment.dataDir, 'keys.json'), 'utf8'),
  );
  return keys.adminKey;
}
