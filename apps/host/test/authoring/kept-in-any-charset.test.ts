import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { bundledAdapters } from '../../src/adapters.ts';
import { importCurl } from '../../src/authoring/import-curl.ts';
import { readNamedText } from '../../src/named-file.ts';

const report =
  '{"linhas":[{"fone":"041988887701","data":"15/01/2026 10:00:00","resultado":"NÃO ATENDE"}]}';

it.each([
  ['UTF-8', Buffer.from(report)],
  ['UTF-8 with its mark', Buffer.from(`\ufeff${report}`)],
  ['Latin-1, as older systems answer', Buffer.from(report, 'latin1')],
  ['UTF-16, as PowerShell keeps it', Buffer.from(`\ufeff${report}`, 'utf16le')],
])('an answer that was saved as %s is read like the answer itself', async (_, bytes) => {
  const folder = await mkdtemp(join(tmpdir(), 'finaz-kept-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'reply.json');
  await writeFile(file, bytes);
  const { yaml, notes } = await importCurl(
    `curl 'https://pbx.example/relatorio?de=15/01/2026&ate=15/01/2026'`,
    {
      adapters: new Map(bundledAdapters.map((adapter) => [adapter.id, adapter])),
      readFile: (name) => Promise.reject(new Error(name)),
      tenant: '77',
      connection: 'dialer',
      reply: await readNamedText(file),
    },
  );
  expect(yaml).toContain('NÃO ATENDE: no_answer');
  expect(notes.warnings).toEqual([]);
});
