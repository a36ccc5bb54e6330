// The only place that reads the disk: this package's own dialplan, in files that are not code, so that an administrator can read them as they are.
// oxlint-disable no-restricted-imports
import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
// oxlint-enable no-restricted-imports
import { sha256 } from './sha256.ts';

/** The dialplan that this package brings (`server/*.conf`), read from where the package is installed, and the version derived from its text. */
export interface Dialplan {
  readonly text: string;
  /** Derived from the text itself, so that nobody can forget to raise it. */
  readonly version: string;
}

export async function readDialplan(): Promise<Dialplan> {
  const require = createRequire(import.meta.url);
  const folder = join(
    dirname(require.resolve('@finaz-telephony/adapter-asterisk/package.json')),
    'server',
  );
  const names = (await readdir(folder)).filter((name) => name.endsWith('.conf')).toSorted();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  const text = texts.join('\n');
  return { text, version: (await sha256(text)).slice(0, 12) };
}
