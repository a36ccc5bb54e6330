import { expect, test } from 'vitest';
import { silentLogger } from '../src/logger.ts';
import { createTellSeldom } from '../src/tell-seldom.ts';

test('what fails time and again does not fill the log: one line a minute tells of each company, and of how many others', () => {
  let now = 0;
  const lines: unknown[] = [];
  const logger = { ...silentLogger, warn: (fields: unknown) => void lines.push(fields) };
  const tell = createTellSeldom(logger, { now: () => now });
  for (; now < 60_000; now += 100) {
    tell({ tenant: '1042', subject: `${now}` }, 'not delivered');
    tell({ tenant: '2000', subject: `${now}` }, 'not delivered');
  }
  expect(lines).toEqual([
    { tenant: '1042', subject: '0' },
    { tenant: '2000', subject: '0' },
  ]);
  tell({ tenant: '1042', subject: '60000' }, 'not delivered');
  expect(lines.at(-1)).toEqual({ tenant: '1042', subject: '60000', othersBefore: 599 });
  // Another trouble of the same company has a line of its own.
  tell({ tenant: '1042' }, 'not fetched');
  expect(lines.at(-1)).toEqual({ tenant: '1042' });
});
