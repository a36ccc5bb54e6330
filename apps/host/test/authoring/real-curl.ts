import { execFile, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import * as v from 'valibot';
import type { Captured, CaptureServer } from './captured.ts';
import type { CopiedCommand } from './ten-commands.ts';

const RecordedSchema = v.record(
  v.string(),
  v.object({
    method: v.string(),
    url: v.string(),
    headers: v.record(v.string(), v.string()),
    /** In base64. */
    body: v.string(),
  }),
);
type Recorded = v.InferOutput<typeof RecordedSchema>;

const file = new URL('./recorded-curl.json', import.meta.url);

const isHere = (program: string) => spawnSync(program, ['--version']).error === undefined;
const hasCurl = isHere('curl') && isHere('bash');
if (!hasCurl)
  console.warn(
    'There is no curl or no bash here: what curl 7.88 has sent is taken from the records.',
  );

/**
 * What curl sends for a command: sent now by the curl of this machine, in a real shell where the command was written for one that is here. Where there is none,
 * what curl 7.88 has sent; `CURL=record` writes that anew.
 */
export async function sentByCurl(
  copied: CopiedCommand,
  server: CaptureServer,
  folder: string,
): Promise<Captured> {
  if (!hasCurl) return recordedOf(copied.style, server.origin);
  const { command, words } = copied;
  const placed = (text: string) => text.replaceAll('ORIGIN', server.origin);
  const run = promisify(execFile);
  const options = { cwd: folder, timeout: 20_000 };
  if (words) await run('curl', ['-q', ...words.map(placed)], options);
  else await run('bash', ['-c', placed(command).replaceAll('\r\n', '\n')], options);
  const [captured] = server.take();
  if (!captured) throw new Error('curl sent nothing');
  if (process.env['CURL'] === 'record') record(copied.style, captured, server.origin);
  return captured;
}

const readRecorded = (): Recorded =>
  v.parse(RecordedSchema, JSON.parse(readFileSync(file, 'utf8')));

function recordedOf(style: string, origin: string): Captured {
  const found = readRecorded()[style];
  if (!found) throw new Error(`nothing is recorded for ${style}; run with CURL=record`);
  const headers = Object.fromEntries(
    Object.entries(found.headers).map(([name, value]) => [
      name,
      value.replaceAll('ORIGIN', origin),
    ]),
  );
  return { ...found, headers, body: Buffer.from(found.body, 'base64') };
}

function record(style: string, { method, url, headers, body }: Captured, origin: string): void {
  const kept = Object.entries(headers).map(([name, value]) => [
    name,
    name === 'host' ? 'HOST' : String(value).replaceAll(origin, 'ORIGIN'),
  ]);
  const all = {
    ...readRecorded(),
    [style]: { method, url, headers: Object.fromEntries(kept), body: body.toString('base64') },
  };
  writeFileSync(file, `${JSON.stringify(all, undefined, 2)}\n`);
}
