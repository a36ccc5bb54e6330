import { open } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { countDescriptors, noticeFewDescriptors } from '../src/descriptors.ts';

async function toldOf(count: Parameters<typeof noticeFewDescriptors>[1]) {
  const told: [object, string][] = [];
  await noticeFewDescriptors((fields, message) => told.push([fields, message]), count);
  return told;
}

test('the host warns, with a remedy, when more than nine tenths of its file descriptors are open', async () => {
  expect(await toldOf(async () => ({ open: 91, most: 100 }))).toEqual([
    [{ open: 91, most: 100 }, expect.stringContaining('LimitNOFILE')],
  ]);
  expect(await toldOf(async () => ({ open: 90, most: 100 }))).toEqual([]);
  expect(await toldOf(async () => undefined)).toEqual([]);
});

test('the host warns when no file descriptor is left to count the open ones with', async () => {
  const told = await toldOf(async () => {
    throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
  });
  expect(told).toEqual([
    [{ code: 'EMFILE' }, expect.stringContaining('no connection can be taken')],
  ]);
});

test.runIf(process.platform === 'linux')(
  'the count of open file descriptors follows the files that the process opens',
  async () => {
    const before = await countDescriptors();
    const files = await Promise.all(Array.from({ length: 100 }, () => open(import.meta.filename)));
    const after = await countDescriptors();
    for (const file of files) await file.close();
    expect(before?.most).toBeGreaterThan(before?.open ?? 0);
    // Fewer than a hundred, because other code of this process may close files meanwhile.
    expect(after?.open).toBeGreaterThan((before?.open ?? 0) + 50);
  },
);
