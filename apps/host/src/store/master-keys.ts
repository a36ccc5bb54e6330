import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { StartError } from '../environment.ts';
import { makeFolder } from './make-folder.ts';
import type { Store } from './store.ts';
import { syncFolder } from './sync-folder.ts';
import { messageOf } from '../thrown.ts';

/** A key that wraps the data keys of tenants. */
export interface MasterKey {
  /** Fingerprint, safe to show. */
  readonly id: string;
  readonly key: Buffer;
}

export interface HostKeys {
  /** The first wraps data keys, all of them unwrap. */
  readonly masterKeys: readonly [MasterKey, ...MasterKey[]];
  readonly adminKey: string;
  /** An admin key that was just generated: shown once, at the first start. */
  readonly newAdminKey: string | undefined;
}

export interface HostKeyOptions {
  readonly dataDir: string;
  /** `MASTER_KEY`: one or several keys of 32 bytes in base64, the newest first. */
  readonly masterKey: string | undefined;
  readonly adminKey: string | undefined;
}

const KeyFileSchema = v.object({ masterKey: v.string(), adminKey: v.string() });

const keyFileIn = (dataDir: string) => join(dataDir, 'keys.json');

/**
 * The keys of the host that works on this store.
 *
 * @throws {StartError} like {@link loadHostKeys}, and if the store has data but its master key is missing or another one: a new `keys.json` would be mistaken
 * for the one to put back
 */
export async function loadKeysFor({ db }: Store, options: HostKeyOptions): Promise<HostKeys> {
  const file = keyFileIn(options.dataDir);
  const sealed = await db.selectFrom('tenant_keys').select('master_key_id').distinct().execute();
  // Looked for after the query: another process that makes both right now makes the file first.
  const text = options.masterKey ?? (existsSync(file) ? readKeyFile(file).masterKey : undefined);
  if (sealed.length > 0 && text === undefined) {
    throw new StartError(
      `${file}: is missing, but the data of this database is encrypted with its master key; put the file back from its backup, or set MASTER_KEY`,
    );
  }
  if (text !== undefined) {
    const given = new Set(parseMasterKeys(text).map(({ id }) => id));
    const other = sealed.find(({ master_key_id }) => !given.has(master_key_id));
    if (other) throw masterKeyNotGiven(other.master_key_id);
  }
  return loadHostKeys(options);
}

/** @param id of the key that is missing */
export const masterKeyNotGiven = (id: string): StartError =>
  new StartError(
    `environment MASTER_KEY: the data of this database is under the master key ${id}, which was not given; set MASTER_KEY to it, or to "NEW,OLD" while changing keys`,
  );

/**
 * The keys of this host: from the environment, otherwise from `keys.json` in the data folder, which is created at the first start.
 *
 * @throws {StartError} for an invalid key, or a file that others can read
 */
export function loadHostKeys({ dataDir, masterKey, adminKey }: HostKeyOptions): HostKeys {
  const given = masterKey === undefined ? undefined : parseMasterKeys(masterKey);
  if (given && adminKey !== undefined)
    return { masterKeys: given, adminKey, newAdminKey: undefined };
  const file = keyFileIn(dataDir);
  const isNew = !existsSync(file);
  const stored = isNew ? createKeyFile(file, dataDir) : readKeyFile(file);
  try {
    // Even if the file was there: the process that made it may have ended before it synced the folder.
    syncFolder(dataDir);
  } catch (error) {
    throw unwrittenKeys(file, error);
  }
  return {
    masterKeys: given ?? parseMasterKeys(stored.masterKey),
    adminKey: adminKey ?? stored.adminKey,
    newAdminKey: isNew && adminKey === undefined ? stored.adminKey : undefined,
  };
}

function createKeyFile(file: string, dataDir: string): v.InferOutput<typeof KeyFileSchema> {
  const keys = {
    masterKey: randomBytes(32).toString('base64'),
    adminKey: `ft_admin_${randomBytes(32).toString('base64url')}`,
  };
  const draft = `${file}.${process.pid}`;
  try {
    makeFolder(dataDir);
    writeFileSync(draft, `${JSON.stringify(keys, undefined, 2)}\n`, { mode: 0o600, flush: true });
  } catch (error) {
    throw unwrittenKeys(file, error);
  }
  try {
    // Unlike a rename, a link fails if another process was faster: then its keys are used.
    linkSync(draft, file);
    return keys;
  } catch (error) {
    if (existsSync(file)) return readKeyFile(file);
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

function unwrittenKeys(file: string, error: unknown): StartError {
  return new StartError(
    `environment DATA_DIR: ${file} cannot be written (${messageOf(error)}); name a folder that this user may write, or set ADMIN_KEY and MASTER_KEY`,
  );
}

function readKeyFile(file: string): v.InferOutput<typeof KeyFileSchema> {
  if (process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0) {
    throw new StartError(`${file}: others can read the keys of this host; run "chmod 600 ${file}"`);
  }
  try {
    const keys = v.parse(KeyFileSchema, JSON.parse(readFileSync(file, 'utf8')));
    chmodSync(file, 0o600);
    return keys;
  } catch (error) {
    throw new StartError(
      `${file}: the keys of this host cannot be read; restore the file from a backup, for without it no secret can be opened`,
      { cause: error },
    );
  }
}

function parseMasterKeys(text: string): readonly [MasterKey, ...MasterKey[]] {
  const [first, ...others] = text.split(',').map((part): MasterKey => {
    const key = Buffer.from(part.trim(), 'base64');
    if (key.length !== 32) {
      throw new StartError(
        'environment MASTER_KEY: must be 32 bytes in base64 (several, newest first, separated by commas); make one with "openssl rand -base64 32"',
      );
    }
    return { id: createHash('sha256').update(key).digest('hex').slice(0, 12), key };
  });
  if (!first) throw new StartError('environment MASTER_KEY: is empty');
  return [first, ...others];
}
