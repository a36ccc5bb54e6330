import { expect, test } from 'vitest';
import { failedDeliveries } from '../../src/events/failed-deliveries.ts';
import { silentLogger } from '../../src/logger.ts';

test('a receiver that is down does not fill the log: one line a minute tells of each company, and of how many others', () => {
  let now = 0;
  const lines: unknown[] = [];
  const logger = { ...silentLogger, warn: (fields: unknown) => void lines.push(fields) };
  const tell = failedDeliveries(logger, () => now);
  for (; now < 60_000; now += 100) {
    tell('1042', { subject: `${now}` });
    tell('2000', { subject: `${now}` });
  }
  expect(lines).toEqual([
    { tenant: '1042', subject: '0' },
    { tenant: '2000', subject: '0' },
  ]);
  tell('1042', { subject: '60000' });
  expect(lines.at(-1)).toEqual({ tenant: '1042', subject: '60000', othersBefore: 599 });
});
