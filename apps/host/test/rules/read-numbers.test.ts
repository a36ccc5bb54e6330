import { expect, it } from 'vitest';
import { readNumberLines, type NumberRow } from '../../src/rules/read-numbers.ts';

/** A list in chunks of so many bytes, as a network brings it. */
async function* inChunks(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += size)
    yield bytes.subarray(start, start + size);
}

async function wholeList(text: string, size = text.length): Promise<NumberRow[]> {
  const rows: NumberRow[] = [];
  for await (const row of readNumberLines(inChunks(text, size))) rows.push(row);
  return rows;
}

it.each(['\r\n', '\n', '\r'])(
  'each line of a number list is reported under its own line number, wherever the network cuts the list: line end %j',
  async (end) => {
    const text = ['sep=;', 'DDD;Telefone', '41;911110001', '', 'lixo', '41;911110002', ''].join(
      end,
    );
    const rows = await wholeList(text);
    expect(rows).toEqual([
      { row: 3, number: '+5541911110001' },
      { row: 5, reason: expect.any(String) },
      { row: 6, number: '+5541911110002' },
    ]);
    for (let size = 1; size < text.length; size += 1)
      expect(await wholeList(text, size)).toEqual(rows);
  },
);
