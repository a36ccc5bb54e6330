import { expect, test } from 'vitest';
import { silentLogger } from '../src/logger.ts';
import { createTellSeldom } from '../src/tell-seldom.ts';

test('a recurring failure is logged once a minute for each company, with the number of lines left out', () => {
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
  // Another failure of the same company has a line of its own.
  tell({ tenant: '1042' }, 'not fetched');
  expect(lines.at(-1)).toEqual({ tenant: '1042' });
});
