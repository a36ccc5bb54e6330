import { expect, it, onTestFinished } from 'vitest';
import { createAddressGuard } from '../../src/egress/address-guard.ts';
import { createTargets } from '../../src/egress/targets.ts';
import { httpVendor, scopeOf } from './egress-under-test.ts';

const minuteMs = 60_000;

/** Targets whose clock the test sets. */
function startTargets() {
  const clock = { ms: 0 };
  const guard = createAddressGuard(['127.0.0.1/32']);
  const targets = createTargets(guard, undefined, () => clock.ms);
  onTestFinished(() => targets.close());
  /** The sockets of a connection with this limit. */
  const poolOf = (requestsPerSecond: number, url = 'http://127.0.0.1:9') => {
    const limits = { requestsPerSecond, concurrency: 1, timeoutMs: 1000 };
    return targets.of(scopeOf({ limits }), new URL(url)).sockets().dispatcher;
  };
  return { clock, poolOf };
}

it('the sockets of earlier limits are given up once nothing has used them for a while', () => {
  const { clock, poolOf } = startTargets();
  const [earlier, other] = [poolOf(1), poolOf(2)];
  clock.ms += 9 * minuteMs;
  expect(poolOf(2)).toBe(other);
  clock.ms += 2 * minuteMs;
  poolOf(3);
  expect([earlier.closed, other.closed]).toEqual([true, false]);
  expect(poolOf(1)).not.toBe(earlier);
});

it('sockets with a request under way are kept, however long it takes', async () => {
  const vendor = await httpVendor((_request, response) => {
    response.writeHead(200).write('sound');
  });
  const { clock, poolOf } = startTargets();
  const pool = poolOf(1, vendor.url);
  const { body } = await pool.request({ path: '/', method: 'GET' });
  clock.ms += 60 * minuteMs;
  poolOf(2);
  expect(pool.closed).toBe(false);
  body.on('error', () => undefined).destroy();
});
