import { expect, it } from 'vitest';
import { mailingRows } from '../../src/mailings/intake/mailing-rows.ts';
import { rowChunks } from '../../src/mailings/intake/row-chunks.ts';

const written: Readonly<Record<string, (ids: readonly number[], name: string) => string>> = {
  'text/csv': (ids, name) =>
    ['ID;Nome;Telefone1', ...ids.map((id) => `${id};${name};41999998888`)].join('\r\n'),
  'application/x-ndjson': (ids, name) =>
    ids.map((contactId) => JSON.stringify({ contactId, name })).join('\n'),
  'application/json': (ids, name) => JSON.stringify(ids.map((contactId) => ({ contactId, name }))),
};

const pieceSize = 65_536;

async function* piecesOf(text: string): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += pieceSize) yield bytes.subarray(at, at + pieceSize);
}

/** How many rows each commit has. */
async function chunksOf(contentType: string, count: number, name: string): Promise<number[]> {
  const ids = Array.from({ length: count }, (_, index) => index + 1);
  const text = written[contentType]?.(ids, name) ?? '';
  const counts: number[] = [];
  for await (const chunk of rowChunks(mailingRows(piecesOf(text), contentType)))
    counts.push(chunk.length);
  return counts;
}

const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);

it.each(Object.keys(written))(
  'rows of a usual size are stored two hundred at a time: %s',
  async (type) => {
    const counts = await chunksOf(type, 450, 'Maria da Silva');
    expect(counts).toEqual([200, 200, 50]);
  },
);

it.each(Object.keys(written))(
  'very long rows are stored a few at a time, because a host receives many mailings at once: %s',
  async (type) => {
    const counts = await chunksOf(type, 100, 'n'.repeat(60_000));
    expect(sum(counts)).toBe(100);
    expect(Math.max(...counts)).toBeLessThanOrEqual(20);
    // Each chunk is a commit.
    expect(counts.length).toBeLessThanOrEqual(10);
  },
);
