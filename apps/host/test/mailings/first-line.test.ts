import { expect, it } from 'vitest';
import { mailingRows } from '../../src/mailings/intake/mailing-rows.ts';

async function* bytesOf(pieces: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield new TextEncoder().encode(piece);
}

async function rowsOf(pieces: readonly string[]): Promise<number> {
  let rows = 0;
  for await (const row of mailingRows(bytesOf(pieces), 'text/csv')) rows += row.unreadable ? 0 : 1;
  return rows;
}

it.each([
  ['its end comes cut in two', ['ID;Telefone\r', '\n1;4199', '9998888\r\n']],
  ['only CR ends lines', ['ID;Telefone\r', '1;41999998888\r']],
  [
    'only CR ends lines, and LF stands in a cell',
    ['ID;Telefone;Nome\r1;41999998888;"Ana\nLima"\r'],
  ],
  ['empty lines stand before it', ['\r', '\n \n', 'ID;Telefone', '\n1;41999998888']],
])('the first line of a CSV file is found if %s', async (_what, pieces) => {
  expect(await rowsOf(pieces)).toBe(1);
});

it('a CSV file whose first line never ends is refused, without reading from its beginning again with every chunk', async () => {
  const begun = process.threadCpuUsage();
  await expect(rowsOf(Array.from({ length: 80 }, () => 'x'.repeat(1024)))).rejects.toMatchObject({
    problem: { errors: [{ message: 'its first line has more than 65536 characters' }] },
  });
  expect(process.threadCpuUsage(begun).user).toBeLessThan(3_000_000);
});
