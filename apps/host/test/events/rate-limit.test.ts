import { expect, test } from 'vitest';
import { createConnectionGate } from '../../src/egress/connection-limits.ts';
import { createRateLimit } from '../../src/events/rate-limit.ts';

const noon = Date.UTC(2026, 10, 24, 12);

test('a clock that is set back refuses nobody', () => {
  let now = noon;
  const limit = createRateLimit({ perSecond: 10, burst: 20, now: () => now });
  expect(limit.take('1042')).toBe(0);
  now -= 3_600_000;
  expect(limit.waitOf('1042')).toBe(0);
  expect(limit.take('1042')).toBe(0);
});

test('nor does it hold back what is sent', async () => {
  let now = noon;
  const limits = { requestsPerSecond: 10, concurrency: 1, timeoutMs: 1000 };
  const signal = new AbortController().signal;
  const scope = {
    tenantId: '1042',
    connection: 'dialer',
    feature: 'click2call' as const,
    limits,
    conceal: [],
    signal,
  };
  const gate = createConnectionGate(scope, () => now);
  expect(await gate.pass(async () => 'sent')).toBe('sent');
  now -= 3_600_000;
  expect(await gate.pass(async () => 'sent')).toBe('sent');
});
