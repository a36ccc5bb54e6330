import { expect, test } from 'vitest';
import { createConnectionGate } from '../../src/egress/connection-gate.ts';
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

const scopeOf = (requestsPerSecond: number) => ({
  tenantId: '1042',
  connection: 'dialer',
  feature: 'click2call' as const,
  limits: { requestsPerSecond, concurrency: 1, timeoutMs: 1000 },
  conceal: [],
  signal: new AbortController().signal,
});

test('nor does it hold back what is sent', async () => {
  let now = noon;
  const gate = createConnectionGate(scopeOf(10), () => now);
  expect(await gate.pass(async () => 'sent')).toBe('sent');
  now -= 3_600_000;
  expect(await gate.pass(async () => 'sent')).toBe('sent');
});

test('nor does one that is set back keep anybody waiting who had used up all there was', async () => {
  let now = noon;
  const limit = createRateLimit({ perSecond: 10, burst: 2, now: () => now });
  limit.take('1042');
  limit.take('1042');
  expect(limit.waitOf('1042')).toBe(100);
  now -= 3_600_000;
  expect(limit.waitOf('1042')).toBe(100);
  now += 100;
  expect(limit.take('1042')).toBe(0);
});

test('nor refuse what is sent at the limit until the clock is where it was', async () => {
  let now = noon;
  const gate = createConnectionGate(scopeOf(0.1), () => now);
  const send = () => gate.pass(async () => 'sent');
  await send();
  await expect(send()).rejects.toThrow('limit of requests each second');
  now -= 3_600_000;
  await expect(send()).rejects.toThrow('limit of requests each second');
  now += 10_000;
  expect(await send()).toBe('sent');
});
